package service

import (
	"slices"
	"strings"

	"ingot"
	"ingot/internal/document/component"
)

// allowed checks the values of one parameter against its type and its list. Values stay
// text; the type says which texts.
func allowed(member string, p *component.Parameter, values []string) error {
	list := strings.EqualFold(p.Type, "StringList")
	if len(values) != 1 && !list {
		return ingot.InvalidValue(member+".value", "The parameter '%s' takes one value.", p.Name)
	}
	for _, v := range values {
		if !fits(p.Type, v) {
			return ingot.InvalidValue(member+".value", "The parameter '%s' must be of type %s, and '%s' is not.", p.Name, p.Type, v)
		}
		if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, v) {
			return ingot.InvalidValue(member+".value", "The parameter '%s' must be one of %s, not '%s'.", p.Name, strings.Join(p.AllowedValues, ", "), v)
		}
	}
	return nil
}

func fits(kind, value string) bool {
	ok := true
	switch strings.ToLower(kind) {
	case "integer":
		_, ok = component.ParseInt(value)
	case "boolean":
		_, ok = component.ParseBool(value)
	}
	return ok
}
