package component

import (
	"fmt"
	"strings"
)

// step reads one step and checks its inputs against its module.
func (p *parser) step(v Value, phase string) (Step, bool) {
	if v.Kind != Mapping {
		p.add(v.Line, "a step must be a mapping with the keys name and action, it is %s", v.Kind)
		return Step{}, false
	}
	step := Step{Name: p.required(v, "name", "the step"), Line: v.Line}
	where := fmt.Sprintf("step %s of phase %s", step.Name, phase)
	p.checkStepName(v.Get("name"), phase)
	p.keys(v, where, "name", "action", "description", "timeoutSeconds", "onFailure", "maxAttempts", "if", "loop", "disableLogging", "inputs")
	p.text(v, "description", where)
	step.Action = p.required(v, "action", where)
	step.Timeout = p.timeout(v, where)
	step.OnFailure = p.onFailure(v, where)
	step.MaxAttempts = p.integer(v, "maxAttempts", where, 1)
	if step.MaxAttempts < 1 {
		p.add(v.Get("maxAttempts").Line, "maxAttempts of %s must be at least 1, it is %d", where, step.MaxAttempts)
	}
	step.DisableLogging = p.bool(v, "disableLogging", where)
	step.If = p.guard(v.Get("if"), where)
	if loop := v.Get("loop"); loop.Kind != Absent {
		p.add(loop.Line, "%s: %s", where, unsupportedMessage("the key loop"))
	}
	step.Inputs = v.Get("inputs")
	p.inputs(&step, phase, where)
	return step, true
}

func (p *parser) onFailure(v Value, where string) OnFailure {
	text := p.text(v, "onFailure", where)
	switch got := OnFailure(text); got {
	case "":
		return Abort
	case Abort, Continue, Ignore:
		return got
	}
	p.add(v.Get("onFailure").Line, "onFailure of %s must be Abort, Continue or Ignore, it is %q", where, text)
	return Abort
}

// inputs checks a step's inputs by its module's table.
func (p *parser) inputs(step *Step, phase, where string) {
	if step.Action == "" {
		return
	}
	module, ok := LookupModule(step.Action)
	switch {
	case !ok:
		p.cannot(step, phase, p.unsupported(step.Action), "%s has the unknown action %q%s", where, step.Action, caseHint(step.Action))
	case !p.fits(module):
		p.cannot(step, phase, p.unsupported(step.Action), "%s: the action module %s does not exist on %s", where, step.Action, p.platform)
	case module.Unsupported:
		p.add(step.Line, "%s: %s", where, unsupportedMessage("the action module "+module.Name))
	case step.Inputs.isEmpty() && module.Optional:
		step.Inputs = Value{Line: step.Inputs.Line}
	case step.Inputs.isEmpty():
		p.cannot(step, phase, fmt.Sprintf("Action %s has no inputs; it requires an 'inputs'", module.Name), "%s has no inputs; %s needs them", where, module.Name)
	case module.Shape == ShapeExpression:
		p.expression(step.Inputs, "inputs of "+where)
	default:
		p.entries(step, module, where)
	}
}

// caseHint returns a hint for a module's name in the wrong case.
func caseHint(name string) string {
	for known := range modules {
		if strings.EqualFold(known, name) {
			return "; did you mean " + known + "?"
		}
	}
	return ""
}

// entries checks the mappings of a step's inputs, and turns the single mapping
// of a list module into a list of one.
func (p *parser) entries(step *Step, module Module, where string) {
	in := step.Inputs
	switch {
	case module.Shape == ShapeMapping && in.Kind == Mapping:
		p.entry(in, module, "inputs of "+where)
	case module.Shape == ShapeMapping:
		p.add(in.Line, "inputs of %s must be a mapping, it is %s", where, in.Kind)
	case in.Kind == Mapping:
		step.Inputs = Value{Kind: List, Items: []Value{in}, Line: in.Line}
		p.entry(in, module, "inputs of "+where)
	case in.Kind == List && len(in.Items) > 0:
		for i, item := range in.Items {
			p.entry(item, module, fmt.Sprintf("inputs[%d] of %s", i, where))
		}
	default:
		p.add(in.Line, "inputs of %s must be a list of mappings, it is %s", where, in.Kind)
	}
}

// entry checks one mapping of inputs.
func (p *parser) entry(v Value, module Module, where string) {
	if v.Kind != Mapping {
		p.add(v.Line, "%s must be a mapping, it is %s", where, v.Kind)
		return
	}
	if !module.Lenient {
		p.keys(v, where, names(module.Inputs)...)
	}
	for _, in := range module.Inputs {
		got := v.Get(in.Name)
		if got.Kind == Absent {
			if in.Required {
				p.add(v.Line, "%s has no %s; %s needs it", where, in.Name, module.Name)
			}
			continue
		}
		p.input(got, in, where)
	}
}

func names(inputs []Input) []string {
	out := make([]string, len(inputs))
	for i, in := range inputs {
		out[i] = in.Name
	}
	return out
}

// input checks the kind of one value. The value of a text with a reference is not known
// yet, so it is checked when the step runs.
func (p *parser) input(v Value, in Input, where string) {
	switch in.Type {
	case TypeTexts:
		if v.Kind == Text {
			p.add(v.Line, "%s of %s must be a list of texts; write it as a list of one", in.Name, where)
			return
		}
		p.texts(v, in.Name+" of "+where)
	case TypeText:
		if v.Kind != Text {
			p.add(v.Line, "%s of %s must be a text, it is %s", in.Name, where, v.Kind)
		}
	case TypeBool:
		if _, ok := ParseBool(v.Text); v.Kind != Text || !ok && !hasReference(v.Text) {
			p.add(v.Line, "%s of %s must be true or false, it is %s", in.Name, where, v)
		}
	case TypeInt:
		if n, ok := ParseInt(v.Text); v.Kind != Text || (!ok || n < 0) && !hasReference(v.Text) {
			p.add(v.Line, "%s of %s must be an integer of at least 0, it is %s", in.Name, where, v)
		}
	}
}
