package wire_test

import (
	"regexp/syntax"
	"strings"
	"testing"

	"ingot/api/model"
)

const region = "us-east-1"

// sample makes a value that satisfies a shape: the required members of structures,
// the shortest match of patterns.
func sample(t *testing.T, types map[string]model.Shape, name string) any {
	shape := types[name]
	switch shape.Kind {
	case model.Structure:
		document := map[string]any{}
		for _, m := range shape.Members {
			if m.Required {
				document[m.Name] = sample(t, types, m.Shape)
			}
		}
		return document
	case model.List:
		return []any{sample(t, types, shape.Elem)}
	case model.Map:
		return map[string]any{"key": sample(t, types, shape.Elem)}
	case model.String:
		return sampleString(t, shape)
	case model.Boolean:
		return true
	default:
		return least(shape)
	}
}

func least(shape model.Shape) int64 {
	if shape.Min == nil {
		return 1
	}
	return *shape.Min
}

func sampleString(t *testing.T, shape model.Shape) string {
	switch {
	case len(shape.Enum) > 0:
		return shape.Enum[0]
	case shape.Pattern == "":
		return strings.Repeat("a", int(least(shape)))
	}
	pattern := shape.Pattern
	if shape.RE2 != "" {
		pattern = shape.RE2
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	text := match(re)
	if f := strings.SplitN(text, ":", 5); len(f) == 5 && f[2] == "imagebuilder" {
		f[3] = region
		text = strings.Join(f, ":")
	}
	for int64(len(text)) < least(shape) {
		text += "a"
	}
	return text
}

// match is a short text that an expression matches.
func match(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return string(pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		return match(re.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(match(re.Sub[0]), re.Min)
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(match(sub))
		}
		return b.String()
	}
	return ""
}

// pick takes an a of a class where it has one.
func pick(class []rune) rune {
	for i := 0; i < len(class); i += 2 {
		if class[i] <= 'a' && 'a' <= class[i+1] {
			return 'a'
		}
	}
	return class[0]
}
