package workflow

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ingot/internal/document/yamldoc"
)

// Limits of a document.
const (
	MaxSteps = 15
	MaxBytes = 64 << 10
)

// Document is a parsed and checked workflow.
type Document struct {
	Name        string
	Description string
	Steps       []Step
	Outputs     []Output
}

// Step is one step of a workflow.
type Step struct {
	Name           string
	Description    string
	Action         string
	If             *Condition // nil: always
	Inputs         map[string]any
	Continue       bool // onFailure: Continue
	KeepOnRollback bool // rollbackEnabled: false
	TimeoutSeconds int  // 0: the action's default
}

// Output is a value that a workflow passes to the workflows after it.
type Output struct {
	Name  string
	Value any
}

var stepName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{1,99}$`)

// Parse reads a document in YAML or JSON and checks its form: unknown keys, names,
// limits, conditions, and that a step is referred to only by steps after it. The engine
// checks the actions.
func Parse(text []byte) (*Document, error) {
	root, faults, _ := yamldoc.Read(text, MaxBytes)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	if root.Null() {
		return nil, errors.New("the document is empty")
	}
	if err := keys(root, "name", "description", "schemaVersion", "parameters", "steps", "outputs"); err != nil {
		return nil, err
	}
	return document(root)
}

func document(root yamldoc.Node) (*Document, error) {
	if v := root.Get("schemaVersion").Text; v != "1.0" && v != "1" {
		return nil, fmt.Errorf("schemaVersion must be 1.0, not %q", v)
	}
	if !root.Get("parameters").Null() {
		return nil, errors.New("parameters are not implemented yet")
	}
	doc := &Document{}
	err := texts(root, map[string]*string{"name": &doc.Name, "description": &doc.Description})
	if err != nil {
		return nil, err
	}
	steps, err := list(root, "steps")
	if err != nil {
		return nil, err
	}
	if n := len(steps); n < 1 || n > MaxSteps {
		return nil, fmt.Errorf("steps must have 1 to %d entries, not %d", MaxSteps, n)
	}
	for i, n := range steps {
		s, err := readStep(n, doc)
		if err != nil {
			return nil, fmt.Errorf("steps[%d] (%s): %w", i, s.Name, err)
		}
		doc.Steps = append(doc.Steps, s)
	}
	return doc, doc.readOutputs(root)
}

func (d *Document) readOutputs(root yamldoc.Node) error {
	outputs, err := list(root, "outputs")
	if err != nil {
		return err
	}
	for i, n := range outputs {
		o := Output{Value: value(n.Get("value"))}
		if err := errors.Join(keys(n, "name", "value"), texts(n, map[string]*string{"name": &o.Name}), d.checkPaths(o.Value)); err != nil {
			return fmt.Errorf("outputs[%d] (%s): %w", i, o.Name, err)
		}
		d.Outputs = append(d.Outputs, o)
	}
	return nil
}

func readStep(n yamldoc.Node, before *Document) (Step, error) {
	var s Step
	var onFailure string
	err := keys(n, "name", "action", "description", "if", "inputs", "onFailure", "rollbackEnabled", "timeoutSeconds")
	if err == nil {
		err = texts(n, map[string]*string{"name": &s.Name, "action": &s.Action, "description": &s.Description, "onFailure": &onFailure})
	}
	switch {
	case err != nil:
		return s, err
	case !stepName.MatchString(s.Name):
		return s, errors.New("name must begin with a letter and have 2 to 100 of letters, digits, - and _")
	case before.step(s.Name):
		return s, errors.New("a step of this name stands above")
	case s.Action == "":
		return s, errors.New("action is missing")
	case onFailure != "" && onFailure != "Abort" && onFailure != "Continue":
		return s, fmt.Errorf("onFailure must be Abort or Continue, not %q", onFailure)
	}
	s.Continue = onFailure == "Continue"
	if err := s.numbers(n); err != nil {
		return s, err
	}
	return s, s.contents(n, before)
}

// numbers reads the keys that are not texts.
func (s *Step) numbers(n yamldoc.Node) error {
	if v := n.Get("rollbackEnabled"); !v.Null() {
		enabled, ok := value(v).(bool)
		if !ok {
			return errors.New("rollbackEnabled must be true or false")
		}
		s.KeepOnRollback = !enabled
	}
	if v := n.Get("timeoutSeconds"); !v.Null() {
		var err error
		if s.TimeoutSeconds, err = strconv.Atoi(v.Text); err != nil || s.TimeoutSeconds < 1 || s.TimeoutSeconds > maxTimeout {
			return fmt.Errorf("timeoutSeconds must be a whole number from 1 to %d", maxTimeout)
		}
	}
	return nil
}

// maxTimeout is more than any action takes, in seconds, and small enough for a
// time.Duration.
const maxTimeout = 365 * 24 * 3600

// contents reads the parts that may contain references.
func (s *Step) contents(n yamldoc.Node, before *Document) (err error) {
	if v := n.Get("if"); !v.Null() {
		if s.If, err = parseCondition(v, 0); err != nil {
			return fmt.Errorf("if: %w", err)
		}
		if err := before.checkPaths(s.If.operands()); err != nil {
			return fmt.Errorf("if: %w", err)
		}
	}
	v := n.Get("inputs")
	inputs, ok := value(v).(map[string]any)
	if !v.Null() && !ok {
		return errors.New("inputs must be a mapping")
	}
	s.Inputs = inputs
	return before.checkPaths(inputs)
}

// keys refuses a node that is not a mapping, and unknown keys.
func keys(n yamldoc.Node, known ...string) error {
	if n.Kind != yamldoc.Mapping {
		return yamldoc.Faultf(n.Line, "there must be a mapping here, not %s", n.Kind)
	}
	for _, f := range n.Fields {
		if !slices.Contains(known, f.Key) {
			return yamldoc.Faultf(f.Line, "the key %q is not known; known are %s", f.Key, strings.Join(known, ", "))
		}
	}
	return nil
}

// texts reads optional keys that are texts.
func texts(n yamldoc.Node, into map[string]*string) error {
	for _, f := range n.Fields {
		to := into[f.Key]
		switch {
		case to == nil || f.Value.Null():
		case f.Value.Kind != yamldoc.Scalar:
			return yamldoc.Faultf(f.Line, "%s must be a text, it is %s", f.Key, f.Value.Kind)
		default:
			*to = f.Value.Text
		}
	}
	return nil
}

// list returns the items of an optional key.
func list(n yamldoc.Node, key string) ([]yamldoc.Node, error) {
	v := n.Get(key)
	if v.Kind != yamldoc.List && !v.Null() {
		return nil, yamldoc.Faultf(v.Line, "%s must be a list, it is %s", key, v.Kind)
	}
	return v.Items, nil
}

func (d *Document) step(name string) bool {
	for _, s := range d.Steps {
		if s.Name == name {
			return true
		}
	}
	return false
}

// checkPaths refuses references to steps that are not above and to unknown roots.
func (d *Document) checkPaths(v any) error {
	for _, p := range paths(v) {
		parts := strings.Split(p, ".")
		if len(parts) < 3 {
			return fmt.Errorf("%s is not a path", p)
		}
		switch parts[1] {
		case "imagebuilder", "workflowOutputs":
		case "stepOutputs":
			if !d.step(parts[2]) {
				return fmt.Errorf("%s refers to a step that does not stand above", p)
			}
		default:
			return fmt.Errorf("%s: there is no $.%s here", p, parts[1])
		}
	}
	return nil
}

// value turns a node into maps, lists, booleans and texts. A number stays the text that
// was written.
func value(n yamldoc.Node) any {
	switch n.Kind {
	case yamldoc.Mapping:
		m := map[string]any{}
		for _, f := range n.Fields {
			m[f.Key] = value(f.Value)
		}
		return m
	case yamldoc.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, value(item))
		}
		return list
	case yamldoc.Scalar:
		if n.Tag == "!!bool" {
			return strings.EqualFold(n.Text, "true")
		}
		return n.Text
	}
	return nil
}
