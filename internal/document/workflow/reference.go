package workflow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Facts is the tree that paths look into; its roots are "imagebuilder",
// "stepOutputs" and "workflowOutputs". Leaves are texts, booleans, numbers, lists
// and maps as encoding/json has them.
type Facts map[string]any

var (
	barePath = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+(\[[0-9]+\])*)+$`)
	embedded = regexp.MustCompile(`\{\{\s*(\$(?:\.[A-Za-z0-9_-]+(?:\[[0-9]+\])*)+)\s*\}\}`)
)

// Lookup gives the value at a path.
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

// Resolve replaces every reference in v and gives the result; v stays as it is.
func (f Facts) Resolve(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return f.resolveMap(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = f.Resolve(e); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		if barePath.MatchString(v) {
			return f.Lookup(v)
		}
		return f.interpolate(v)
	}
	return v, nil
}

func (f Facts) resolveMap(m map[string]any) (any, error) {
	out := map[string]any{}
	for k, e := range m {
		r, err := f.Resolve(e)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(k, ".$")] = r
	}
	return out, nil
}

func (f Facts) interpolate(s string) (string, error) {
	var fault error
	out := embedded.ReplaceAllStringFunc(s, func(m string) string {
		v, err := f.Lookup(embedded.FindStringSubmatch(m)[1])
		if err != nil {
			fault = err
			return m
		}
		return text(v)
	})
	return out, fault
}

// text writes a value as it stands inside a longer text.
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

// paths lists the references in v.
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
