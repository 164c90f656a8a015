package wire

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ingot/api/model"
)

// stricter has checks that the model's patterns do not make: for a pattern that Go
// cannot compile, or whose anchors bind only the first and the last alternative.
var stricter = map[string]func(string) bool{
	"TagKey":                 func(s string) bool { return !strings.HasPrefix(s, "aws:") },
	"FilterName":             atMost(1024),
	"FilterValue":            atMost(1024),
	"HttpTokens":             oneOf("optional", "required"),
	"ComponentParameterType": oneOf("String", "Integer", "Boolean", "StringList"),
	"WorkflowParameterType":  oneOf("string", "integer", "boolean", "stringList"),
}

// longestMatched bounds the texts, in bytes, that are matched as a whole against a
// pattern where the model has no bound: ARNs and ids, none of which is nearly as long.
const longestMatched = 2048

func atMost(n int) func(string) bool {
	return func(s string) bool { return utf8.RuneCountInString(s) <= n }
}

func oneOf(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}

// required checks that structures have their required members.
func (s *shapes) required(shape string, v any) error {
	t := s.types[shape]
	if t.Kind != model.Structure {
		return nil
	}
	given := v.(map[string]any)
	for _, m := range t.Members {
		if part, ok := given[m.Name]; m.Required && (!ok || s.emptyMap(m.Shape, part)) {
			return within(m.Name, refuse("is required"))
		}
	}
	return nil
}

// emptyMap reports whether v is an empty map. One that is not required is accepted
// although its minimum is 1: clients send "tags": {}.
func (s *shapes) emptyMap(shape string, v any) bool {
	return s.types[shape].Kind == model.Map && len(v.(map[string]any)) == 0
}

// constrain checks all values against the constraints of their types.
func (s *shapes) constrain(shape string, v any, region string) error {
	t := s.types[shape]
	switch v := v.(type) {
	case string:
		if t.Kind == model.Blob {
			if outside(blobSize(v), t) {
				return refuse("must have %s bytes", bounds(t))
			}
			return nil
		}
		return s.constrainString(shape, v, region)
	case int64:
		if outside(v, t) {
			return refuse("must be %s", bounds(t))
		}
	case float64:
		if t.Kind == model.Double && outside(int64(v), t) {
			return refuse("must be %s", bounds(t))
		}
	case []any:
		if outside(int64(len(v)), t) {
			return refuse("must have %s entries", bounds(t))
		}
	case map[string]any:
		if t.Kind == model.Map && len(v) > 0 && outside(int64(len(v)), t) {
			return refuse("must have %s entries", bounds(t))
		}
	}
	return nil
}

func (s *shapes) constrainString(shape, v, region string) error {
	t := s.types[shape]
	if len(t.Enum) > 0 && !slices.Contains(t.Enum, v) {
		return refuse("must be one of %s", strings.Join(t.Enum, ", "))
	}
	if outside(int64(utf8.RuneCountInString(v)), t) {
		return refuse("must have %s characters", bounds(t))
	}
	pattern, extra := s.patterns[shape], stricter[shape]
	tooLong := t.Max == nil && strings.HasPrefix(t.Pattern, "^") && len(v) > longestMatched
	if tooLong || (pattern != nil && !pattern.MatchString(v)) || (extra != nil && !extra(v)) {
		return refuse("must match pattern %s", t.Pattern)
	}
	if strings.Contains(t.Pattern, ":imagebuilder:") && region != "" && regionOf(v) != region {
		return refuse("must name a resource of the region %s", region)
	}
	return nil
}

// regionOf returns the region in an ARN.
func regionOf(arn string) string {
	if f := strings.SplitN(arn, ":", 5); len(f) == 5 {
		return f[3]
	}
	return ""
}

func outside(n int64, t model.Shape) bool {
	return (t.Min != nil && n < *t.Min) || (t.Max != nil && n > *t.Max)
}

// bounds returns the range of a type in words.
func bounds(t model.Shape) string {
	switch {
	case t.Min == nil:
		return fmt.Sprintf("at most %d", *t.Max)
	case t.Max == nil:
		return fmt.Sprintf("at least %d", *t.Min)
	}
	return fmt.Sprintf("from %d to %d", *t.Min, *t.Max)
}
