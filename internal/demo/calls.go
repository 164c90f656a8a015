package demo

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"
)

// say prints a call as the equivalent aws command. The map has texts for members whose
// value is long.
func (d *demo) say(operation string, input any, instead map[string]string) {
	parts := []string{"aws imagebuilder " + kebab(operation)}
	v := reflect.ValueOf(input).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "ClientToken" || !v.Type().Field(i).IsExported() || v.Field(i).IsZero() {
			continue
		}
		parts = append(parts, option(name, v.Field(i), instead[name]))
	}
	line := strings.Join(parts, " ")
	if len(line) > 110 {
		line = strings.Join(parts, " \\\n      ")
	}
	d.printf("  $ %s\n", line)
}

// option returns one member as an option of the CLI; booleans are flags.
func option(name string, v reflect.Value, instead string) string {
	flag := "--" + kebab(name)
	switch b, boolean := v.Interface().(*bool); {
	case boolean && *b:
		return flag
	case boolean:
		return "--no-" + kebab(name)
	case instead != "":
		return flag + " " + instead
	}
	return flag + " " + argument(v)
}

// answer prints a result.
func (d *demo) answer(format string, args ...any) {
	d.printf("    → %s\n", fmt.Sprintf(format, args...))
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@-]+$`)

// argument returns a value as one word of a shell.
func argument(v reflect.Value) string {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	text := fmt.Sprint(v.Interface())
	if k := v.Kind(); k == reflect.Slice || k == reflect.Map || k == reflect.Struct {
		raw, err := json.Marshal(lower(v))
		if err != nil {
			return "?"
		}
		text = string(raw)
	}
	if plain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// lower returns a value of the SDK as it is on the wire: members begin with a lower
// case letter, and unset ones are left out.
func lower(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return lower(v.Elem())
	case reflect.Slice:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = lower(v.Index(i))
		}
		return all
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !v.Field(i).IsZero() {
				m[strings.ToLower(f.Name[:1])+f.Name[1:]] = lower(v.Field(i))
			}
		}
		return m
	}
	return v.Interface()
}

// kebab turns CreateImageRecipe into create-image-recipe.
func kebab(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
