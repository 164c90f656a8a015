package wire

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"

	"ingot/api/model"
)

// shapes checks inputs against the types of a service.
type shapes struct {
	types    map[string]model.Shape
	patterns map[string]*regexp.Regexp
}

// newShapes compiles the patterns of the types. A pattern without anchors may match
// anywhere in a text.
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

// members returns the members of a structure, in the order of the model.
func (s *shapes) members(structure string) []model.Member { return s.types[structure].Members }

// parse reads a value that was sent as text. What does not fit its type stays text,
// which the check refuses.
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

// check returns the part of an input that the model knows, or its first fault: of
// types, then of missing members, then of constraints, each in the model's order.
func (s *shapes) check(input string, raw any, region string) (any, error) {
	document, err := s.typed(input, raw)
	if err != nil {
		return nil, asFault(err)
	}
	if err := s.walk(input, document, s.required); err != nil {
		return nil, asFault(err)
	}
	return document, asFault(s.walk(input, document, func(shape string, v any) error {
		return s.constrain(shape, v, region)
	}))
}

// typed copies what the model knows and checks that it has the model's types. A null
// counts as absent.
func (s *shapes) typed(shape string, v any) (any, error) {
	switch t := s.types[shape]; t.Kind {
	case model.Structure:
		return s.typedStructure(t, v)
	case model.List:
		return s.typedList(t, v)
	case model.Map:
		return s.typedMap(t, v)
	default:
		return typedValue(t.Kind, v)
	}
}

func (s *shapes) typedStructure(t model.Shape, v any) (any, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("must be an object")
	}
	known := map[string]any{}
	for _, m := range t.Members {
		if given[m.Name] == nil {
			continue
		}
		var err error
		if known[m.Name], err = s.typed(m.Shape, given[m.Name]); err != nil {
			return nil, within(m.Name, err)
		}
	}
	return known, nil
}

func (s *shapes) typedList(t model.Shape, v any) (any, error) {
	given, ok := v.([]any)
	if !ok {
		return nil, refuse("must be a list")
	}
	known := make([]any, len(given))
	for i, e := range given {
		var err error
		if known[i], err = s.typed(t.Elem, e); err != nil {
			return nil, at(i, err)
		}
	}
	return known, nil
}

func (s *shapes) typedMap(t model.Shape, v any) (any, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("must be an object")
	}
	known := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if given[key] == nil {
			continue
		}
		var err error
		if known[key], err = s.typed(t.Elem, given[key]); err != nil {
			return nil, within(key, err)
		}
	}
	return known, nil
}

// lastSecond is the end of the year 9999, the last that has four digits.
const lastSecond = 253402300799

func typedValue(kind model.Kind, v any) (any, error) {
	switch kind {
	case model.String:
		if _, ok := v.(string); !ok {
			return nil, refuse("must be a string")
		}
	case model.Boolean:
		if _, ok := v.(bool); !ok {
			return nil, refuse("must be true or false")
		}
	case model.Integer, model.Long:
		return typedInteger(kind, v)
	case model.Double, model.Time:
		return typedNumber(kind, v)
	case model.Blob:
		if _, ok := typedBlob(v); !ok {
			return nil, refuse("must be base64")
		}
	}
	return v, nil
}

func typedNumber(kind model.Kind, v any) (any, error) {
	n, _ := v.(json.Number)
	f, err := n.Float64()
	switch {
	case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
		return nil, refuse("must be a number")
	case kind == model.Time && (f < 0 || f > lastSecond):
		return nil, refuse("must be a number of seconds since 1970")
	}
	return f, nil
}

func typedInteger(kind model.Kind, v any) (any, error) {
	bits := 32
	if kind == model.Long {
		bits = 64
	}
	n, _ := v.(json.Number)
	i, err := strconv.ParseInt(n.String(), 10, bits)
	if err != nil {
		return nil, refuse("must be an integer of at most %d bits", bits)
	}
	return i, nil
}

// walk visits a checked input from the top, in the order of the model.
func (s *shapes) walk(shape string, v any, visit func(shape string, v any) error) error {
	if err := visit(shape, v); err != nil {
		return err
	}
	t := s.types[shape]
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if err := s.walk(t.Elem, e, visit); err != nil {
				return at(i, err)
			}
		}
	case map[string]any:
		return s.walkParts(t, v, visit)
	}
	return nil
}

// walkParts visits the members of a structure, or the keys and values of a map.
func (s *shapes) walkParts(t model.Shape, v map[string]any, visit func(shape string, v any) error) error {
	for _, m := range t.Members {
		if part, ok := v[m.Name]; ok {
			if err := s.walk(m.Shape, part, visit); err != nil {
				return within(m.Name, err)
			}
		}
	}
	if t.Kind != model.Map {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		if err := visit(t.Key, key); err != nil {
			return within(key, err)
		}
		if err := s.walk(t.Elem, v[key], visit); err != nil {
			return within(key, err)
		}
	}
	return nil
}
