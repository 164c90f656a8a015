package executor

import (
	"errors"
	"fmt"

	"ingot/internal/agent/action"
	"ingot/internal/agent/protocol"
	"ingot/internal/document/component"
)

// maxResolved bounds the texts of one step after its references are replaced, in bytes: a
// step may refer to an output of a megabyte many times.
const maxResolved = 64 << 20

// evaluateIf evaluates the condition of a step. That happens once.
func (e *executor) evaluateIf(u unit) (component.Verdict, error) {
	guard := u.step.If
	if guard == nil {
		return component.Execute, nil
	}
	expression, err := e.resolve(u, guard.Expression)
	if err != nil {
		return "", err
	}
	condition, err := component.ParseCondition(expression)
	if err != nil {
		return "", fmt.Errorf("the step's condition: %w", err)
	}
	holds, err := action.Evaluate(condition, action.Call{Dir: e.workDir, Env: e.env})
	if err != nil {
		return "", fmt.Errorf("the step's condition: %w", err)
	}
	if holds {
		return guard.Then, nil
	}
	return guard.Else, nil
}

// resolve replaces every reference in the texts of v, each text in one pass from
// left to right.
func (e *executor) resolve(u unit, v component.Value) (component.Value, error) {
	size := 0
	return v.Map(func(text string) (string, error) {
		text, err := component.Expand(text, func(r component.Reference) (string, bool, error) {
			value, keep, err := e.value(u, r)
			if size += len(value); size > maxResolved {
				return "", false, fmt.Errorf("with its references replaced the step is larger than %d MiB", maxResolved>>20)
			}
			return value, keep, err
		})
		return text, err
	})
}

// value is what a reference stands for in a step. In a step without a loop, a reference
// to one stays as it is written.
func (e *executor) value(u unit, r component.Reference) (text string, keep bool, err error) {
	switch r.Kind {
	case component.RefLoop:
		return "", true, nil
	case component.RefName:
		text, ok := e.values[u.document][r.Name]
		if !ok {
			err = errors.New("it names no parameter and no constant of the document")
		}
		return text, false, named(r, err)
	case component.RefContext:
		text, err := e.fact(u, r.Name)
		return text, false, named(r, err)
	case component.RefEnv:
		text, ok := e.variable(r.Name)
		if !ok {
			err = errors.New("the environment has no such variable")
		}
		return text, false, named(r, err)
	case component.RefOutput, component.RefInput:
		text, err := e.chained(u, r)
		return text, false, named(r, err)
	}
	return "", false, named(r, errUnsupported)
}

// errUnsupported is the error of a reference that this version does not support.
var errUnsupported = errors.New("it comes with a later version of Ingot and cannot be used yet")

// named adds the reference to an error.
func named(r component.Reference, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("{{ %s }}: %w", r.Body, err)
}

// chained returns an output or input of an earlier step of the same document.
func (e *executor) chained(u unit, r component.Reference) (string, error) {
	record, err := e.earlier(u, r)
	switch {
	case err != nil:
		return "", err
	case r.Kind == component.RefInput:
		return input(record.Inputs, r)
	case r.Index >= len(record.Outputs):
		return "", fmt.Errorf("the step has %d outputs, counted from 0", len(record.Outputs))
	}
	text, ok := record.Outputs[r.Index][r.Key]
	if !ok {
		return "", fmt.Errorf("the step has no output %s", r.Key)
	}
	return text, nil
}

// earlier finds the record of the step that a reference names. It must have succeeded.
func (e *executor) earlier(u unit, r component.Reference) (record, error) {
	phase, step, ok := e.documents[u.document].Find(r)
	if !ok {
		return record{}, errors.New("it names no phase and step of the document")
	}
	for i, got := range e.state.Records {
		v := e.units[i]
		if v.document != u.document || v.phase != phase || v.step != step {
			continue
		}
		switch got.Status {
		case protocol.Success:
			return got, nil
		case protocol.Skipped:
			return record{}, errors.New("the step was skipped")
		}
		return record{}, errors.New("the step failed")
	}
	return record{}, errors.New("the step has not run")
}

// input returns a step's input with its own references replaced.
func input(inputs component.Value, r component.Reference) (string, error) {
	entry := inputs
	if inputs.Kind == component.List {
		if r.Index >= len(inputs.Items) {
			return "", fmt.Errorf("the step has %d inputs, counted from 0", len(inputs.Items))
		}
		entry = inputs.Items[r.Index]
	}
	switch v := entry.Get(r.Key); v.Kind {
	case component.Text:
		return v.Text, nil
	case component.Absent:
		return "", fmt.Errorf("the step has no input %s", r.Key)
	default: // a list: as it stands in the run's record
		return v.String(), nil
	}
}

// checkSupported refuses the prefixes that this version does not resolve, before anything
// is executed.
func checkSupported(phase component.Phase) error {
	check := func(v component.Value) error {
		_, err := v.Map(func(text string) (string, error) {
			for _, r := range component.References(text) {
				if r.Kind == component.RefSSM || r.Kind == component.RefIMDS {
					return "", named(r, errUnsupported)
				}
			}
			return text, nil
		})
		return err
	}
	for _, step := range phase.Steps {
		err := check(step.Inputs)
		if step.If != nil {
			err = errors.Join(err, check(step.If.Expression))
		}
		if err != nil {
			return fmt.Errorf("step %s of phase %s: %w", step.Name, phase.Name, err)
		}
	}
	return nil
}
