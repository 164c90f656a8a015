package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ingot"
	"ingot/api/model"
)

// shapes checks documents against the types of a service.
type shapes struct {
	types    map[string]model.Shape
	patterns map[string]*regexp.Regexp
}

// newShapes compiles the patterns of the types. A pattern without anchors is
// searched for.
func newShapes(types map[string]model.Shape) *shapes {
	s := &shapes{types, map[string]*regexp.Regexp{}}
	for name, t := range types {
		switch {
		case t.RE2 != "":
			s.patterns[name] = regexp.MustCompile(t.RE2)
		case t.Pattern != "":
			s.patterns[name] = regexp.MustCompile(t.Pattern)
		}
	}
	return s
}

// members are those of a structure, in the order of the model.
func (s *shapes) members(structure string) []model.Member { return s.types[structure].Members }

// parse reads a value that was sent as text; what does not fit its type stays text
// and is refused by the check.
func (s *shapes) parse(shape, text string) any {
	switch s.types[shape].Kind {
	case model.Integer, model.Long, model.Double, model.Time:
		return json.Number(text)
	case model.Boolean:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

// check gives what the model knows of a document, or the first fault in it: of
// types, then of absent members, then of constraints, each in the model's order.
func (s *shapes) check(input string, raw any, region string) (any, error) {
	document, err := s.typed(input, "", raw)
	if err != nil {
		return nil, err
	}
	if err := s.walk(input, "", document, s.required); err != nil {
		return nil, err
	}
	return document, s.walk(input, "", document, func(shape, path string, v any) error {
		return s.constrain(shape, path, v, region)
	})
}

// typed copies what the model knows and requires it to have the model's types.
// A null is as good as nothing.
func (s *shapes) typed(shape, path string, v any) (any, error) {
	switch t := s.types[shape]; t.Kind {
	case model.Structure:
		return s.typedStructure(t, path, v)
	case model.List:
		return s.typedList(t, path, v)
	case model.Map:
		return s.typedMap(t, path, v)
	default:
		return typedValue(t.Kind, path, v)
	}
}

func (s *shapes) typedStructure(t model.Shape, path string, v any) (any, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, refuse(path, "must be an object")
	}
	known := map[string]any{}
	for _, m := range t.Members {
		if given[m.Name] == nil {
			continue
		}
		var err error
		if known[m.Name], err = s.typed(m.Shape, join(path, m.Name), given[m.Name]); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (s *shapes) typedList(t model.Shape, path string, v any) (any, error) {
	given, ok := v.([]any)
	if !ok {
		return nil, refuse(path, "must be a list")
	}
	known := make([]any, len(given))
	for i, e := range given {
		var err error
		if known[i], err = s.typed(t.Elem, index(path, i), e); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (s *shapes) typedMap(t model.Shape, path string, v any) (any, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, refuse(path, "must be an object")
	}
	known := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if given[key] == nil {
			continue
		}
		var err error
		if known[key], err = s.typed(t.Elem, join(path, key), given[key]); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// lastSecond is the end of the year 9999, the last that has four digits.
const lastSecond = 253402300799

func typedValue(kind model.Kind, path string, v any) (any, error) {
	switch kind {
	case model.String:
		if _, ok := v.(string); !ok {
			return nil, refuse(path, "must be a string")
		}
	case model.Boolean:
		if _, ok := v.(bool); !ok {
			return nil, refuse(path, "must be true or false")
		}
	case model.Integer, model.Long:
		return typedInteger(kind, path, v)
	case model.Double, model.Time:
		return typedNumber(kind, path, v)
	}
	return v, nil
}

func typedNumber(kind model.Kind, path string, v any) (any, error) {
	n, _ := v.(json.Number)
	f, err := n.Float64()
	switch {
	case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
		return nil, refuse(path, "must be a number")
	case kind == model.Time && (f < 0 || f > lastSecond):
		return nil, refuse(path, "must be a number of seconds since 1970")
	}
	return f, nil
}

func typedInteger(kind model.Kind, path string, v any) (any, error) {
	bits := 32
	if kind == model.Long {
		bits = 64
	}
	n, _ := v.(json.Number)
	i, err := strconv.ParseInt(n.String(), 10, bits)
	if err != nil {
		return nil, refuse(path, "must be an integer of at most %d bits", bits)
	}
	return i, nil
}

// walk visits a checked document from the top, in the order of the model.
func (s *shapes) walk(shape, path string, v any, visit func(shape, path string, v any) error) error {
	if err := visit(shape, path, v); err != nil {
		return err
	}
	t := s.types[shape]
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if err := s.walk(t.Elem, index(path, i), e, visit); err != nil {
				return err
			}
		}
	case map[string]any:
		return s.walkParts(t, path, v, visit)
	}
	return nil
}

// walkParts visits the members of a structure, or the keys and values of a map.
func (s *shapes) walkParts(t model.Shape, path string, v map[string]any, visit func(shape, path string, v any) error) error {
	for _, m := range t.Members {
		if part, ok := v[m.Name]; ok {
			if err := s.walk(m.Shape, join(path, m.Name), part, visit); err != nil {
				return err
			}
		}
	}
	if t.Kind != model.Map {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		if err := visit(t.Key, join(path, key), key); err != nil {
			return err
		}
		if err := s.walk(t.Elem, join(path, key), v[key], visit); err != nil {
			return err
		}
	}
	return nil
}

// refuse is the service's sentence for a member that breaks a rule.
func refuse(path, format string, args ...any) error {
	member := path[strings.LastIndexByte(path, '.')+1:]
	return ingot.InvalidValue(path, "%s %s", member, fmt.Sprintf(format, args...))
}

func join(path, member string) string {
	if path == "" {
		return member
	}
	return path + "." + member
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
