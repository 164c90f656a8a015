package component_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ingot/internal/document/component"
)

// FuzzParse looks for texts that end the parser, and for documents that are not
// what they seem: every text of a right one must be there, every fault of a wrong
// one must have words.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"schemaVersion: 1.0\nphases: [{name: build, steps: [{name: S, action: ExecuteBash, inputs: {commands: ['echo {{ A.b.outputs.stdout }}']}}]}]\n",
		"name: x\nschemaVersion: 1\nparameters: [{Value: {type: string, default: 0700}}]\nconstants: [{Other: {type: string, value: '{{'}}]\n" +
			"phases: [{name: test, steps: [{name: S, action: Assert, inputs: {and: [{not: {fileExists: /a}}, {patternMatches: '(', value: b}]}}]}]\n",
		"schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  - name: S\n    action: CreateFile\n    if: {stringEquals: a, value: b, else: Abort}\n    inputs: [{path: /a, permissions: 0644}]\n    maxAttempts: 3\n",
		"a: &a [*a]\n", "schemaVersion: 1.0\nphases: &p [{name: build, steps: *p}]\n",
		"schemaVersion: 1.0\nphases: [{name: build, steps: [{name: S, action: ExecuteBash, inputs: &i {commands: *i}}]}]\n",
		"a: &a [1,2]\nb: &b [*a,*a]\nc: [*b,*b]\n", "{{ x }}", "- - - -", "\x00", "? {a: b}\n: c\n", "phases: 1\n---\nphases: 2\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := component.Parse(text)
		if err != nil {
			var faults component.Faults
			if !errors.As(err, &faults) || len(faults) == 0 || faults[0].Message == "" {
				t.Fatalf("Parse = %v, which says nothing", err)
			}
			return
		}
		_ = doc.Check(component.Linux)
		doc.Volatile()
		doc.Type()
		for _, phase := range doc.Phases {
			for _, step := range phase.Steps {
				if step.Name == "" || step.Action == "" || step.MaxAttempts < 1 || step.Timeout < 0 {
					t.Fatalf("a step that cannot be run: %+v", step)
				}
				kept(t, step.Inputs)
			}
		}
	})
}

// kept sends a value through JSON, as the agent's state does.
func kept(t *testing.T, v component.Value) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back component.Value
	if err := json.Unmarshal(text, &back); err != nil || back.String() != v.String() {
		t.Fatalf("%s came back as %s (%v)", v, back, err)
	}
}

// FuzzExpand holds the one pass over references to its rules: a text without
// references stays, kept references stay, and what is put in is not looked at again.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{
		"", "{{ A }}", "x{{A}}y{{ b.c.outputs[3].d }}", "${{{ A }}}", "{{.Names}}", "}}{{", "{{ {{ A }} }}", "{{ aws:ssm:resolve(A) }}",
		"{{ env:X\n}}", "{{ loop.value }}", "{{ context:uuid }}", "{{{{{{A}}", "{{ a.b.inputs.c }}{{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		refs := component.References(text)
		same, err := component.Expand(text, func(component.Reference) (string, bool, error) { return "", true, nil })
		if err != nil || same != text {
			t.Fatalf("keeping all references of %q gives %q, %v", text, same, err)
		}
		asked := 0
		const put = "{{ Other }}"
		got, err := component.Expand(text, func(r component.Reference) (string, bool, error) {
			if asked >= len(refs) || r != refs[asked] {
				t.Fatalf("reference %d of %q is %+v", asked, text, r)
			}
			asked++
			return put, false, nil
		})
		if err != nil || asked != len(refs) || strings.Count(got, put) < len(refs) {
			t.Fatalf("Expand(%q) = %q, %v; %d of %d references", text, got, err, asked, len(refs))
		}
	})
}
