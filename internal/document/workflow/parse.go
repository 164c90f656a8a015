package workflow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
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

// Step is one act of a workflow.
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

// Output is a value that a workflow hands to the workflows after it.
type Output struct {
	Name  string
	Value any
}

type rawDocument struct {
	Name          string    `yaml:"name"`
	Description   string    `yaml:"description"`
	SchemaVersion yaml.Node `yaml:"schemaVersion"`
	Parameters    yaml.Node `yaml:"parameters"`
	Steps         []rawStep `yaml:"steps"`
	Outputs       []struct {
		Name  string    `yaml:"name"`
		Value yaml.Node `yaml:"value"`
	} `yaml:"outputs"`
}

type rawStep struct {
	Name            string    `yaml:"name"`
	Action          string    `yaml:"action"`
	Description     string    `yaml:"description"`
	If              yaml.Node `yaml:"if"`
	Inputs          yaml.Node `yaml:"inputs"`
	OnFailure       string    `yaml:"onFailure"`
	RollbackEnabled *bool     `yaml:"rollbackEnabled"`
	TimeoutSeconds  *int      `yaml:"timeoutSeconds"`
}

var stepName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{1,99}$`)

// Parse reads a document in YAML or JSON and checks its form: unknown keys,
// names, limits, conditions, and that every step is referred to only by the steps
// after it. Actions are checked by the room that has them.
func Parse(text []byte) (*Document, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("the document has %d bytes, at most %d are allowed", len(text), MaxBytes)
	}
	var raw rawDocument
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the document is empty")
		}
		return nil, err
	}
	return raw.document()
}

func (raw *rawDocument) document() (*Document, error) {
	if v := raw.SchemaVersion.Value; v != "1.0" && v != "1" {
		return nil, fmt.Errorf("schemaVersion must be 1.0, not %q", v)
	}
	if raw.Parameters.Kind != 0 {
		return nil, errors.New("parameters are not implemented yet")
	}
	if n := len(raw.Steps); n < 1 || n > MaxSteps {
		return nil, fmt.Errorf("steps must have 1 to %d entries, not %d", MaxSteps, n)
	}
	doc := &Document{Name: raw.Name, Description: raw.Description}
	for i := range raw.Steps {
		s, err := raw.Steps[i].step(doc)
		if err != nil {
			return nil, fmt.Errorf("steps[%d] (%s): %w", i, raw.Steps[i].Name, err)
		}
		doc.Steps = append(doc.Steps, s)
	}
	for _, o := range raw.Outputs {
		v := value(&o.Value)
		if err := doc.checkPaths(v); err != nil {
			return nil, fmt.Errorf("output %s: %w", o.Name, err)
		}
		doc.Outputs = append(doc.Outputs, Output{o.Name, v})
	}
	return doc, nil
}

func (raw *rawStep) step(before *Document) (Step, error) {
	s := Step{Name: raw.Name, Description: raw.Description, Action: raw.Action}
	if !stepName.MatchString(s.Name) {
		return s, errors.New("name must begin with a letter and have 2 to 100 of letters, digits, - and _")
	}
	if before.step(s.Name) {
		return s, errors.New("a step of this name stands above")
	}
	if s.Action == "" {
		return s, errors.New("action is missing")
	}
	switch raw.OnFailure {
	case "", "Abort":
	case "Continue":
		s.Continue = true
	default:
		return s, fmt.Errorf("onFailure must be Abort or Continue, not %q", raw.OnFailure)
	}
	s.KeepOnRollback = raw.RollbackEnabled != nil && !*raw.RollbackEnabled
	if raw.TimeoutSeconds != nil {
		if s.TimeoutSeconds = *raw.TimeoutSeconds; s.TimeoutSeconds < 1 {
			return s, errors.New("timeoutSeconds must be at least 1")
		}
	}
	return s, raw.contents(&s, before)
}

// contents reads the parts that may hold references.
func (raw *rawStep) contents(s *Step, before *Document) (err error) {
	if raw.If.Kind != 0 {
		if s.If, err = parseCondition(&raw.If, 0); err != nil {
			return fmt.Errorf("if: %w", err)
		}
		if err := before.checkPaths(s.If.operands()); err != nil {
			return fmt.Errorf("if: %w", err)
		}
	}
	inputs, ok := value(&raw.Inputs).(map[string]any)
	if raw.Inputs.Kind != 0 && !ok {
		return errors.New("inputs must be a mapping")
	}
	s.Inputs = inputs
	return before.checkPaths(inputs)
}

func (d *Document) step(name string) bool {
	for _, s := range d.Steps {
		if s.Name == name {
			return true
		}
	}
	return false
}

// checkPaths refuses references to steps that do not stand above and to roots
// that do not exist.
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

// value turns a node into maps, lists, booleans and texts. Numbers stay the text
// that was written.
func value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = value(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, value(c))
		}
		return list
	case yaml.ScalarNode:
		if n.Tag == "!!bool" {
			return strings.EqualFold(n.Value, "true")
		}
		return n.Value
	case yaml.AliasNode:
		return value(n.Alias)
	}
	return nil
}
