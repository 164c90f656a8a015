package component_test

import (
	"testing"

	"ingot/internal/document/component"
)

// TestAccept has documents that must not be stored, in the service's own words.
func TestAccept(t *testing.T) {
	const letters = "Allowed characters are combinations of numbers [0-9], english letters [a-z,A-Z] and special characters [-_]."
	document := func(steps string) string { return "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n" + steps }
	bash := func(name string) string {
		return document("      - name: " + name + "\n        action: ExecuteBash\n        inputs: {commands: [\"true\"]}\n")
	}
	for what, c := range map[string]struct{ text, platform, want string }{
		"a space":             {bash("my step"), component.Linux, "Invalid step name 'my step' in phase 'build'. " + letters + " (line 5)"},
		"a dot":               {bash("a.b"), component.Linux, "Invalid step name 'a.b' in phase 'build'. " + letters + " (line 5)"},
		"a slash":             {bash("a/b"), component.Linux, "Invalid step name 'a/b' in phase 'build'. " + letters + " (line 5)"},
		"an umlaut":           {bash("Überprüfen"), component.Linux, "Invalid step name 'Überprüfen' in phase 'build'. " + letters + " (line 5)"},
		"all that is allowed": {bash("aZ-_09"), component.Linux, ""},
		"a number":            {bash("2024"), component.Linux, ""},

		"no version":      {"phases: [{name: build, steps: [{name: a, action: Reboot}]}]", component.Linux, "Invalid schema version. Supported versions include: 1.0. (line 1)"},
		"another version": {"schemaVersion: 2.0\nphases: [{name: build, steps: [{name: a, action: Reboot}]}]", component.Linux, "Invalid schema version. Supported versions include: 1.0. (line 1)"},

		"unknown action":    {document("      - {name: Say, action: Shout, inputs: {a: b}}"), component.Linux, "Parsing step 'Say' in phase 'build' failed. Error: Unsupported action Shout for os platform linux. (line 5)"},
		"wrong case":        {document("      - {name: Say, action: executebash, inputs: {a: b}}"), component.Linux, "Parsing step 'Say' in phase 'build' failed. Error: Unsupported action executebash for os platform linux. (line 5; did you mean ExecuteBash?)"},
		"another platform":  {bash("Say"), component.Windows, "Parsing step 'Say' in phase 'build' failed. Error: Unsupported action ExecuteBash for os platform windows. (line 5)"},
		"no inputs":         {document("      - {name: Say, action: ExecuteBash}"), component.Linux, "Parsing step 'Say' in phase 'build' failed. Error: Action ExecuteBash has no inputs; it requires an 'inputs' (line 5)"},
		"an empty list":     {document("      - {name: Make, action: CreateFile, inputs: []}"), component.Linux, "Parsing step 'Make' in phase 'build' failed. Error: Action CreateFile has no inputs; it requires an 'inputs' (line 5)"},
		"an empty mapping":  {document("      - {name: Make, action: ExecuteBash, inputs: {}}"), component.Linux, "Parsing step 'Make' in phase 'build' failed. Error: Action ExecuteBash has no inputs; it requires an 'inputs' (line 5)"},
		"nothing to assert": {document("      - {name: Make, action: Assert, inputs: []}"), component.Linux, "Parsing step 'Make' in phase 'build' failed. Error: Action Assert has no inputs; it requires an 'inputs' (line 5)"},
		"none needed":       {document("      - {name: A, action: UpdateOS, inputs: []}\n      - {name: B, action: Reboot, inputs: {}}\n      - {name: C, action: UpdateOS, inputs: }"), component.Linux, ""},

		"several": {document("      - {name: a b, action: Reboot}\n      - {name: Say, action: Shout}\n      - {name: Say, action: Reboot, when: now}"), component.Linux,
			"Invalid step name 'a b' in phase 'build'. " + letters + " (line 5) Further faults: line 6: step Say of phase build has the unknown action \"Shout\"; line 7: step Say of phase build has an unknown key \"when\"; known are name, action, description, timeoutSeconds, onFailure, maxAttempts, if, loop, disableLogging, inputs; line 7: the step \"Say\" is there twice in phase build."},
		"one without a sentence": {document("      - {name: Say, action: Reboot, when: now}"), component.Linux,
			"The component document has faults: line 5: step Say of phase build has an unknown key \"when\"; known are name, action, description, timeoutSeconds, onFailure, maxAttempts, if, loop, disableLogging, inputs."},
		"no YAML": {"a: [", component.Linux, "The component document has faults: the document is not valid YAML: "},
	} {
		doc, err := component.Accept([]byte(c.text), c.platform)
		switch {
		case c.want == "" && (err != nil || doc == nil):
			t.Errorf("%s: %v", what, err)
		case c.want != "" && (err == nil || err.Error()[:min(len(c.want), len(err.Error()))] != c.want || what != "no YAML" && err.Error() != c.want):
			t.Errorf("%s:\n%v, want\n%s", what, err, c.want)
		}
	}
}

// TestStoredNamesOfSteps still runs documents that were stored when any name was
// taken.
func TestStoredNamesOfSteps(t *testing.T) {
	doc, err := component.Parse([]byte("schemaVersion: 1.0\nphases: [{name: build, steps: [{name: my step, action: Reboot}]}]"))
	if err != nil || doc.Phases[0].Steps[0].Name != "my step" {
		t.Errorf("%+v, %v", doc, err)
	}
}
