package component

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Accept is [Parse] for a document that is to be stored, for a platform ([Linux],
// [Windows] or [Darwin]). It also refuses what only documents stored by earlier
// releases may have: modules that the platform lacks, and some names of steps. The
// error begins with the service's sentence for the first fault, if it has one, and
// lists the others with their lines.
func Accept(data []byte, platform string) (*Document, error) {
	p := newParser()
	p.platform = platform
	doc, err := p.parse(data)
	faults, ok := errors.AsType[Faults](err)
	if !ok {
		return doc, err
	}
	return nil, errors.New(p.told(faults))
}

// sentences are the service's sentences for faults.
type sentences map[Fault]string

// say adds a fault for which the service has a sentence.
func (p *parser) say(sentence string, line int, format string, args ...any) {
	before := len(p.faults)
	if p.add(line, format, args...); len(p.faults) > before {
		p.said[p.faults[before]] = sentence
	}
}

// told returns the report of faults, which begins with the service's sentence.
func (p *parser) told(faults Faults) string {
	first, known := p.said[faults[0]]
	if !known {
		return fmt.Sprintf("The component document has faults: %v.", faults)
	}
	if faults[0].Line > 0 {
		first += fmt.Sprintf(" (line %d%s)", faults[0].Line, hintOf(faults[0].Message))
	}
	if len(faults) > 1 {
		first += fmt.Sprintf(" Further faults: %v.", faults[1:])
	}
	return first
}

// hintOf returns the remedy that follows a semicolon in a message.
func hintOf(message string) string {
	if at := strings.LastIndex(message, "; did you mean "); at >= 0 {
		return message[at:]
	}
	return ""
}

// stepName matches the names that a step may have.
var stepName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// checkStepName refuses names that the service refuses when a document is stored.
func (p *parser) checkStepName(name Value, phase string) {
	if p.platform == "" || name.Kind != Text || name.Text == "" || stepName.MatchString(name.Text) {
		return
	}
	p.say(fmt.Sprintf("Invalid step name '%s' in phase '%s'. Allowed characters are combinations of numbers [0-9], english letters [a-z,A-Z] and special characters [-_].", name.Text, phase),
		name.Line, "the step name %q of phase %s may have only the characters A-Z a-z 0-9 - _", name.Text, phase)
}

// cannot adds a fault of a step for which the service names the phase.
func (p *parser) cannot(step *Step, phase, detail, format string, args ...any) {
	p.say(fmt.Sprintf("Parsing step '%s' in phase '%s' failed. Error: %s", step.Name, phase, detail), step.Line, format, args...)
}

// unsupported returns the service's words for an action that does not exist, or not on
// the platform.
func (p *parser) unsupported(action string) string {
	if p.platform == "" {
		return fmt.Sprintf("Unsupported action %s.", action)
	}
	return fmt.Sprintf("Unsupported action %s for os platform %s.", action, p.platform)
}

// fits reports whether a module exists on the platform that the document is for.
func (p *parser) fits(module Module) bool {
	return p.platform == "" || slices.Contains(module.Platforms, p.platform)
}

// isEmpty reports whether a value is absent, or a list or mapping without entries.
func (v Value) isEmpty() bool {
	return v.Kind == Absent || v.Kind != Text && len(v.Items)+len(v.Fields) == 0
}
