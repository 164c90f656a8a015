package workflow_test

import (
	"slices"
	"strings"
	"testing"

	catalog "ingot/catalog/workflow"
	"ingot/internal/document/workflow"

	"github.com/google/go-cmp/cmp"
)

func TestManagedWorkflowsParse(t *testing.T) {
	for _, m := range catalog.All {
		d, err := workflow.Parse([]byte(m.Document()))
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if d.Name != m.Name {
			t.Errorf("%s calls itself %s", m.Name, d.Name)
		}
	}
}

func TestRefused(t *testing.T) {
	const step = "{name: Aa, action: LaunchInstance}"
	for name, doc := range map[string]string{
		"empty":              "",
		"no version":         "steps: [" + step + "]",
		"no steps":           "{schemaVersion: 1.0, steps: []}",
		"sixteen steps":      "{schemaVersion: 1, steps: [" + strings.Repeat(step+",", 16) + "]}",
		"unknown key":        "{schemaVersion: 1, steps: [{name: Aa, action: B, color: red}]}",
		"same name":          "{schemaVersion: 1, steps: [" + step + "," + step + "]}",
		"later step":         "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: {x.$: $.stepOutputs.Later.y}}]}",
		"unknown root":       "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: {x.$: $.nowhere.y}}]}",
		"zero time-out":      "{schemaVersion: 1, steps: [{name: Aa, action: B, timeoutSeconds: 0}]}",
		"two operators":      "{schemaVersion: 1, steps: [{name: Aa, action: B, if: {stringEquals: a, numberEquals: 1, value: b}}]}",
		"deep condition":     "{schemaVersion: 1, steps: [{name: Aa, action: B, if: {not: {not: {not: {not: {stringEquals: a, value: b}}}}}}]}",
		"onFailure":          "{schemaVersion: 1, steps: [{name: Aa, action: B, onFailure: Ignore}]}",
		"inputs not mapping": "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: [a]}]}",
		"long time-out":      "{schemaVersion: 1, steps: [{name: Aa, action: B, timeoutSeconds: 9000000000}]}",
		"time-out in words":  "{schemaVersion: 1, steps: [{name: Aa, action: B, timeoutSeconds: ten}]}",
		"rollback in words":  "{schemaVersion: 1, steps: [{name: Aa, action: B, rollbackEnabled: maybe}]}",
		"name is a list":     "{schemaVersion: 1, steps: [{name: [Aa], action: B}]}",
		"steps is a mapping": "{schemaVersion: 1, steps: {name: Aa, action: B}}",
		"two documents":      "{schemaVersion: 1, steps: [" + step + "]}\n---\n{}",
		"a key twice":        "{schemaVersion: 1, steps: [{name: Aa, action: B, action: C}]}",
		"no mapping":         "[]",
		"condition's list":   "{schemaVersion: 1, steps: [{name: Aa, action: B, if: {and: {stringEquals: a, value: a}}}]}",
	} {
		if _, err := workflow.Parse([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestResolve(t *testing.T) {
	f := workflow.Facts{
		"imagebuilder": map[string]any{"imageName": "web", "flags": []any{"a", "b"}},
		"stepOutputs":  map[string]any{"Launch": map[string]any{"instanceId": "i-1"}},
	}
	got, err := f.Resolve(map[string]any{
		"list.$": "$.imagebuilder.flags", "one": "$.imagebuilder.flags[1]",
		"text": "on {{ $.stepOutputs.Launch.instanceId }} of {{$.imagebuilder.imageName}}: {{ $.imagebuilder.flags }}",
		"date": "{{ imagebuilder:buildDate }}", "each.$": []any{"$.imagebuilder.imageName"},
	})
	want := map[string]any{
		"list": []any{"a", "b"}, "one": "b", "text": `on i-1 of web: ["a","b"]`,
		"date": "{{ imagebuilder:buildDate }}", "each": []any{"web"},
	}
	if err != nil || !cmp.Equal(got, any(want)) {
		t.Errorf("%v\n%s", err, cmp.Diff(any(want), got))
	}
	if _, err := f.Resolve("$.imagebuilder.flags[2]"); err == nil {
		t.Error("an index past the end has a value")
	}
}

// TestResolveHasABound though an output is named again and again.
func TestResolveHasABound(t *testing.T) {
	f := workflow.Facts{"stepOutputs": map[string]any{"One": map[string]any{"output": strings.Repeat("x", 16<<10), "list": []any{strings.Repeat("y", 16<<10)}}}}
	for name, v := range map[string]any{
		"in a text": strings.Repeat("{{ $.stepOutputs.One.output }}", 1000),
		"as values": slices.Repeat([]any{"$.stepOutputs.One.output"}, 1000),
		"as lists":  slices.Repeat([]any{"$.stepOutputs.One.list"}, 1000),
	} {
		if _, err := f.Resolve(v); err == nil || !strings.Contains(err.Error(), "larger than 1024 KiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.Resolve(slices.Repeat([]any{"$.stepOutputs.One.output"}, 50)); err != nil {
		t.Error(err)
	}
}

func TestConditions(t *testing.T) {
	f := workflow.Facts{"imagebuilder": map[string]any{"n": "2.0", "on": true, "s": "x"}}
	for c, want := range map[string]bool{
		"{numberEquals: 2, value: $.imagebuilder.n}":                                                                       true,
		"{numberGreaterThan: 3, value: $.imagebuilder.n}":                                                                  false,
		"{numberLessThan: ten, value: $.imagebuilder.n}":                                                                   false,
		"{booleanEquals: true, value: $.imagebuilder.on}":                                                                  true,
		"{booleanEquals: 'TRUE', value: $.imagebuilder.on}":                                                                true,
		"{stringEquals: X, value: $.imagebuilder.s}":                                                                       false,
		"{not: [{stringEquals: X, value: x}]}":                                                                             true,
		"{or: [{stringEquals: a, value: b}, {and: [{stringEquals: a, value: a}, {numberLessThanEquals: 1, value: 1.0}]}]}": true,
	} {
		d, err := workflow.Parse([]byte("{schemaVersion: 1, steps: [{name: Aa, action: B, if: " + c + "}]}"))
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		if got, err := d.Steps[0].If.Holds(f); got != want || err != nil {
			t.Errorf("%s is %v, %v", c, got, err)
		}
	}
}

// TestAliases are no way around the bounds: a document that contains itself ended the
// process.
func TestAliases(t *testing.T) {
	for name, doc := range aliasBombs {
		if _, err := workflow.Parse([]byte(doc)); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: Parse = %.200v", name, err)
		}
	}
	const good = `{schemaVersion: 1.0, steps: [{name: One, action: A, inputs: &in {x: [true, 'true', 1]}}, {name: Two, action: A, inputs: *in}]}`
	d, err := workflow.Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"x": []any{true, "true", "1"}}
	if !cmp.Equal(d.Steps[1].Inputs, want) || !cmp.Equal(d.Steps[0].Inputs, want) {
		t.Errorf("inputs behind an alias: %v", d.Steps[1].Inputs)
	}
}

// aliasBombs are small documents that are large or endless once aliases are followed.
var aliasBombs = map[string]string{
	"inputs in themselves": "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: &a {x: *a}}]}",
	"list in itself":       "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: {x: &a [*a]}}]}",
	"output in itself":     "{schemaVersion: 1, steps: [{name: Aa, action: B}], outputs: [{name: o, value: &v {v: *v}}]}",
	"condition in itself":  "{schemaVersion: 1, steps: [{name: Aa, action: B, if: {stringEquals: &a [*a], value: x}}]}",
	"steps in themselves":  "{schemaVersion: 1, steps: &s [*s]}",
	"doubling": "{schemaVersion: 1, steps: [{name: Aa, action: B, inputs: {a: &a [x, x, x, x, x, x, x, x, x, x], b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a], " +
		"c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b], d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c], e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]}}]}",
}

func FuzzParse(f *testing.F) {
	for _, m := range catalog.All {
		f.Add(m.Document())
	}
	for _, bomb := range aliasBombs {
		f.Add(bomb)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := workflow.Parse([]byte(s))
		if err == nil && len(d.Steps) == 0 {
			t.Error("a document without steps was accepted")
		}
	})
}
