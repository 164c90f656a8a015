// Package component is the language of component documents: what a build or
// test machine is asked to do, written in YAML. It parses and checks; it runs
// nothing and does no I/O.
//
// A document has phases, a phase has steps, and a step runs one action module
// (ExecuteBash, CreateFile, …) on its inputs. A step's `if` and the inputs of Assert
// are conditions; see [Condition]. Texts keep their spelling: `permissions: 0700` is
// the text "0700" and never a number; see [Value]. All faults of a document are
// reported at once, each with its line; see [Faults].
//
// Terms:
//
//   - reference: a piece of a text that stands for a value, `{{ body }}` in a component
//     and `$.path` in a workflow.
package component

import "time"

// Document is a component document that has passed [Parse].
type Document struct {
	Name        string
	Description string
	Parameters  []Parameter
	Constants   []Constant
	Phases      []Phase
}

// Parameter is a value that a recipe may set.
type Parameter struct {
	Name        string
	Type        string // as written: string, Integer, Boolean, StringList; all are text
	Description string
	Default     string
	HasDefault  bool // distinguishes an empty default from none
	// AllowedValues are the values that a recipe may set; empty allows all.
	AllowedValues []string
	Line          int
}

// Constant is a named text of the document that a recipe cannot set.
type Constant struct {
	Name  string
	Value string
	Line  int
}

// Phase is a named list of steps; phases run in the order of the document.
type Phase struct {
	Name  string
	Steps []Step
	Line  int
}

// OnFailure says what a step's failure means for the rest of its document.
type OnFailure string

// The values of onFailure.
const (
	Abort    OnFailure = "Abort"
	Continue OnFailure = "Continue"
	Ignore   OnFailure = "Ignore"
)

// DefaultTimeout is the time limit of one attempt of a step whose document sets none.
const DefaultTimeout = 7200 * time.Second

// Step is one action with its inputs, attempts and condition.
type Step struct {
	Name           string
	Action         string
	Timeout        time.Duration // of each attempt; 0 means no limit
	OnFailure      OnFailure
	MaxAttempts    int // total tries, at least 1
	If             *If // nil: always
	DisableLogging bool
	Inputs         Value // with references, as written
	Line           int
}

// Verdict is the result of a step's condition.
type Verdict string

// The three verdicts of an `if`.
const (
	Execute  Verdict = "Execute"
	Skip     Verdict = "Skip"
	AbortRun Verdict = "Abort"
)

// If guards a step. Expression is an expression for [ParseCondition], with references.
type If struct {
	Expression Value
	Then       Verdict
	Else       Verdict
}

// Type returns the component type: TEST when test is the only phase, otherwise BUILD.
func (d *Document) Type() string {
	if len(d.Phases) == 1 && d.Phases[0].Name == "test" {
		return "TEST"
	}
	return "BUILD"
}

// Phase finds a phase by its exact name.
func (d *Document) Phase(name string) (*Phase, bool) {
	for i := range d.Phases {
		if d.Phases[i].Name == name {
			return &d.Phases[i], true
		}
	}
	return nil, false
}

// Step finds a step of the phase by its exact name.
func (p *Phase) Step(name string) (*Step, bool) {
	for i := range p.Steps {
		if p.Steps[i].Name == name {
			return &p.Steps[i], true
		}
	}
	return nil, false
}
