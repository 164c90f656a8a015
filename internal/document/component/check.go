package component

import (
	"regexp"
	"slices"
	"strings"
)

// Check checks the document for a platform: [Linux], [Windows] or [Darwin]. The error
// is [Faults], one for each step whose module does not exist there.
func (d *Document) Check(platform string) error {
	r := &report{}
	for _, phase := range d.Phases {
		for _, step := range phase.Steps {
			if module, ok := LookupModule(step.Action); ok && !slices.Contains(module.Platforms, platform) {
				r.add(step.Line, "step %s of phase %s: the action module %s does not exist on %s", step.Name, phase.Name, step.Action, platform)
			}
		}
	}
	return r.err()
}

// volatileVariables are the variables of a run that differ from build to build.
var volatileVariables = []string{
	"IMAGE_WORKFLOW_EXECUTION_ID", "IMAGE_STEP_EXECUTION_ID", "IMAGE_BUILD_VERSION_ARN",
	"IMAGE_PIPELINE_ARN", "IMAGE_VERSION", "IMAGE_BUILD_VERSION",
}

var variableForm = regexp.MustCompile(`IMAGE_[A-Z_]+`)

// Volatile returns the values in the document's inputs and conditions that differ
// between builds or change outside of them: the service's variables of the run,
// wherever a text contains their name, and references with the prefixes aws:imds,
// aws:ssm and context. The result of such a document must not be taken from a cache.
// The names are sorted; a stable document has none.
func (d *Document) Volatile() []string {
	found := map[string]bool{}
	note := func(text string, _ int) {
		for _, name := range variableForm.FindAllString(text, -1) {
			if slices.Contains(volatileVariables, name) {
				found[name] = true
			}
		}
		for _, ref := range References(text) {
			switch ref.Kind {
			case RefIMDS, RefSSM, RefContext:
				found[ref.Body] = true
			}
		}
	}
	for _, phase := range d.Phases {
		for _, step := range phase.Steps {
			step.Inputs.texts(note)
			if step.If != nil {
				step.If.Expression.texts(note)
			}
		}
	}
	// A constant or a default may carry the name into a script.
	for _, c := range d.Constants {
		note(c.Value, c.Line)
	}
	for _, p := range d.Parameters {
		note(p.Default, p.Line)
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
