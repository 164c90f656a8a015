package workflow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Facts is what paths look into; its roots are "imagebuilder", "stepOutputs" and
// "workflowOutputs". Leaves are texts, booleans, numbers, lists and maps as
// encoding/json decodes them.
type Facts map[string]any

var (
	barePath = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+(\[[0-9]+\])*)+$`)
	embedded = regexp.MustCompile(`\{\{\s*(\$(?:\.[A-Za-z0-9_-]+(?:\[[0-9]+\])*)+)\s*\}\}`)
)

// Lookup returns the value at a path.
func (f Facts) Lookup(path string) (any, error) {
	var at any = map[string]any(f)
	for _, part := range strings.Split(path, ".")[1:] {
		name, indexes, _ := strings.Cut(part, "[")
		m, ok := at.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s has no value", path)
		}
		if at, ok = m[name]; !ok {
			return nil, fmt.Errorf("%s has no value", path)
		}
		if indexes == "" {
			continue
		}
		for _, index := range strings.Split(strings.TrimSuffix(indexes, "]"), "][") {
			list, ok := at.([]any)
			n, err := strconv.Atoi(index)
			if !ok || err != nil || n >= len(list) {
				return nil, fmt.Errorf("%s has no value", path)
			}
			at = list[n]
		}
	}
	return at, nil
}

// maxResolved bounds the texts of one value after its references are replaced, in
// bytes: an output of a step may be named many times.
const maxResolved = 1 << 20

// Resolve returns v with every reference replaced; v is not changed.
func (f Facts) Resolve(v any) (any, error) {
	r := &resolver{facts: f, left: maxResolved}
	return r.value(v)
}

// resolver is one call of Resolve.
type resolver struct {
	facts Facts
	left  int
}

func (r *resolver) value(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return r.mapping(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = r.value(e); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		if !barePath.MatchString(v) {
			return r.interpolate(v)
		}
		found, err := r.facts.Lookup(v)
		if err != nil {
			return nil, err
		}
		return found, r.count(found)
	}
	return v, nil
}

func (r *resolver) mapping(m map[string]any) (any, error) {
	out := map[string]any{}
	for k, e := range m {
		v, err := r.value(e)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(k, ".$")] = v
	}
	return out, nil
}

// interpolate replaces the references within a text.
func (r *resolver) interpolate(s string) (string, error) {
	var fault error
	out := embedded.ReplaceAllStringFunc(s, func(m string) string {
		if fault != nil {
			return ""
		}
		var v any
		if v, fault = r.facts.Lookup(embedded.FindStringSubmatch(m)[1]); fault == nil {
			fault = r.count(v)
		}
		return text(v)
	})
	return out, fault
}

// count subtracts the size of a value from what is left.
func (r *resolver) count(v any) error {
	if r.left -= size(v); r.left < 0 {
		return fmt.Errorf("with their references replaced the inputs are larger than %d KiB", maxResolved>>10)
	}
	return nil
}

// size returns the approximate length of a value as text.
func size(v any) int {
	n := 8
	switch v := v.(type) {
	case string:
		n += len(v)
	case []any:
		for _, e := range v {
			n += size(e)
		}
	case map[string]any:
		for k, e := range v {
			n += len(k) + size(e)
		}
	}
	return n
}

// text returns a value as it is written inside a longer text.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// paths returns the references in v.
func paths(v any) (found []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			found = append(found, paths(e)...)
		}
	case []any:
		for _, e := range v {
			found = append(found, paths(e)...)
		}
	case string:
		if barePath.MatchString(v) {
			return []string{v}
		}
		for _, m := range embedded.FindAllStringSubmatch(v, -1) {
			found = append(found, m[1])
		}
	}
	return found
}
