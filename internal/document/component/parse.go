package component

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads a document and checks everything that does not depend on a platform:
// structure, names, keys, references, conditions, the inputs of every module. The error
// is [Faults].
func Parse(data []byte) (*Document, error) { return newParser().parse(data) }

func newParser() *parser {
	return &parser{report: &report{}, doc: &Document{}, declared: map[string]bool{}, said: sentences{}}
}

func (p *parser) parse(data []byte) (*Document, error) {
	if root, ok := readYAML(data, p.report); ok {
		p.document(root)
		p.references()
	}
	if err := p.report.err(); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// parser fills a document and collects faults. It continues after a fault, so the
// document may be used only when there is none.
type parser struct {
	*report
	doc      *Document
	declared map[string]bool // parameters and constants
	platform string          // of a document that is to be stored, or empty
	said     sentences
}

func (p *parser) document(root Value) {
	if root.Kind != Mapping {
		p.add(root.Line, "the document must be a mapping with the keys schemaVersion and phases, it is %s", root.Kind)
		return
	}
	p.keys(root, "the document", "name", "description", "schemaVersion", "parameters", "constants", "phases")
	p.doc.Name = p.text(root, "name", "the document")
	p.doc.Description = p.text(root, "description", "the document")
	p.schemaVersion(root)
	p.parameters(root.Get("parameters"))
	p.constants(root.Get("constants"))
	p.phases(root)
}

func (p *parser) schemaVersion(root Value) {
	v := root.Get("schemaVersion")
	switch {
	case v.Kind == Absent:
		p.say(schemaVersions, root.Line, "the document has no schemaVersion; write schemaVersion: 1.0")
	case v.Kind != Text || v.Text != "1.0" && v.Text != "1":
		p.say(schemaVersions, v.Line, "schemaVersion must be 1.0, it is %s", v)
	}
}

// schemaVersions is the service's sentence for every other version.
const schemaVersions = "Invalid schema version. Supported versions include: 1.0."

// keys reports every unknown key of v.
func (p *parser) keys(v Value, where string, known ...string) {
	for _, f := range v.Fields {
		if !slices.Contains(known, f.Key) {
			p.add(f.Line, "%s has an unknown key %q; known are %s", where, f.Key, strings.Join(known, ", "))
		}
	}
}

// text reads an optional text key.
func (p *parser) text(v Value, key, where string) string {
	got := v.Get(key)
	if got.Kind != Text && got.Kind != Absent {
		p.add(got.Line, "%s of %s must be a text, it is %s", key, where, got.Kind)
	}
	return got.Text
}

// required reads a text key that must exist and not be empty.
func (p *parser) required(v Value, key, where string) string {
	got := v.Get(key)
	if got.Kind == Absent || got.Kind == Text && got.Text == "" {
		p.add(v.Line, "%s has no %s", where, key)
		return ""
	}
	return p.text(v, key, where)
}

// bool reads an optional boolean key.
func (p *parser) bool(v Value, key, where string) bool {
	got := v.Get(key)
	if got.Kind == Absent {
		return false
	}
	value, ok := ParseBool(got.Text)
	if got.Kind != Text || !ok {
		p.add(got.Line, "%s of %s must be true or false, it is %s", key, where, got)
	}
	return value
}

// integer reads an optional integer key.
func (p *parser) integer(v Value, key, where string, fallback int) int {
	got := v.Get(key)
	if got.Kind == Absent {
		return fallback
	}
	value, ok := ParseInt(got.Text)
	if got.Kind != Text || !ok {
		p.add(got.Line, "%s of %s must be an integer, it is %s", key, where, got)
		return fallback
	}
	return value
}

// ParseBool reads a boolean as documents write it: true or false in any case.
func ParseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

var integerForm = regexp.MustCompile(`^[+-]?[0-9]+$`)

// ParseInt reads an integer as documents write it: an optional sign and digits.
func ParseInt(text string) (int, bool) {
	if !integerForm.MatchString(text) {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{3,128}$`)

// declare reads one parameter or constant: a mapping with one key, the name.
func (p *parser) declare(item Value, what string) (name string, body Value, ok bool) {
	if item.Kind != Mapping || len(item.Fields) != 1 {
		p.add(item.Line, "each item of %ss must be a mapping with one key, the %s's name (as in \"- MyName: {type: string}\")", what, what)
		return "", Value{}, false
	}
	f := item.Fields[0]
	if !nameForm.MatchString(f.Key) {
		p.add(f.Line, "the %s name %q must have 3 to 128 characters of A-Z a-z 0-9 - _", what, f.Key)
	}
	if p.declared[f.Key] {
		p.add(f.Line, "the name %q is declared twice; parameters and constants share their names", f.Key)
	}
	p.declared[f.Key] = true
	if f.Value.Kind != Mapping {
		p.add(f.Line, "the %s %s must be a mapping with a type", what, f.Key)
		return "", Value{}, false
	}
	return f.Key, f.Value, true
}

// list returns the items of an optional list.
func (p *parser) list(v Value, what string) []Value {
	if v.Kind != List && v.Kind != Absent {
		p.add(v.Line, "%s must be a list, it is %s", what, v.Kind)
	}
	return v.Items
}

func (p *parser) parameters(v Value) {
	for _, item := range p.list(v, "parameters") {
		name, body, ok := p.declare(item, "parameter")
		if !ok {
			continue
		}
		where := "parameter " + name
		p.keys(body, where, "type", "default", "description", "allowedValues")
		param := Parameter{
			Name: name, Line: item.Line,
			Type:          p.required(body, "type", where),
			Description:   p.text(body, "description", where),
			Default:       p.text(body, "default", where),
			HasDefault:    body.Get("default").Kind == Text,
			AllowedValues: p.texts(body.Get("allowedValues"), "allowedValues of "+where),
		}
		if !slices.Contains([]string{"", "string", "integer", "boolean", "stringlist"}, strings.ToLower(param.Type)) {
			p.add(body.Get("type").Line, "the type of %s must be string, Integer, Boolean or StringList, it is %q", where, param.Type)
		}
		p.doc.Parameters = append(p.doc.Parameters, param)
	}
}

func (p *parser) constants(v Value) {
	for _, item := range p.list(v, "constants") {
		name, body, ok := p.declare(item, "constant")
		if !ok {
			continue
		}
		where := "constant " + name
		p.keys(body, where, "type", "value")
		if kind := p.required(body, "type", where); kind != "" && !strings.EqualFold(kind, "string") {
			p.add(body.Get("type").Line, "the type of %s must be string, it is %q", where, kind)
		}
		if body.Get("value").Kind == Absent {
			p.add(body.Line, "%s has no value", where)
		}
		p.doc.Constants = append(p.doc.Constants, Constant{Name: name, Value: p.text(body, "value", where), Line: item.Line})
	}
}

// texts reads an optional list of texts.
func (p *parser) texts(v Value, what string) []string {
	var out []string
	for _, item := range p.list(v, what) {
		if item.Kind != Text {
			p.add(item.Line, "%s must be a list of texts; this item is %s%s", what, item.Kind, colonHint(item))
			continue
		}
		out = append(out, item.Text)
	}
	return out
}

// colonHint explains the usual reason for a command that was read as a mapping.
func colonHint(v Value) string {
	if v.Kind != Mapping {
		return ""
	}
	return " (a line with \": \" in it needs quotes)"
}

func (p *parser) phases(root Value) {
	v := root.Get("phases")
	if v.Kind != List || len(v.Items) == 0 {
		is := v.Kind.String()
		if v.Kind == List {
			is = "empty"
		}
		p.add(max(v.Line, root.Line), "phases must be a list with at least one phase, it is %s", is)
		return
	}
	seen := map[string]bool{}
	for _, item := range v.Items {
		phase, ok := p.phase(item)
		if !ok {
			continue
		}
		if seen[phase.Name] {
			p.add(item.Line, "the phase %q is there twice", phase.Name)
		}
		seen[phase.Name] = true
		p.doc.Phases = append(p.doc.Phases, phase)
	}
	if !seen["build"] && !seen["validate"] && !seen["test"] {
		p.add(v.Line, "the document needs at least one of the phases build, validate and test")
	}
}

func (p *parser) phase(v Value) (Phase, bool) {
	if v.Kind != Mapping {
		p.add(v.Line, "a phase must be a mapping with the keys name and steps, it is %s", v.Kind)
		return Phase{}, false
	}
	phase := Phase{Name: p.required(v, "name", "the phase"), Line: v.Line}
	where := "phase " + phase.Name
	p.keys(v, where, "name", "steps")
	steps := p.list(v.Get("steps"), "steps of "+where)
	if len(steps) == 0 {
		p.add(v.Line, "%s has no steps", where)
	}
	seen := map[string]bool{}
	for _, item := range steps {
		step, ok := p.step(item, phase.Name)
		if !ok {
			continue
		}
		if seen[step.Name] {
			p.add(item.Line, "the step %q is there twice in %s", step.Name, where)
		}
		seen[step.Name] = true
		phase.Steps = append(phase.Steps, step)
	}
	return phase, true
}

// timeout returns timeoutSeconds as a duration; 0 means no limit.
func (p *parser) timeout(v Value, where string) time.Duration {
	seconds := p.integer(v, "timeoutSeconds", where, int(DefaultTimeout/time.Second))
	const most = int(1<<62) / int(time.Second)
	switch {
	case seconds == -1:
		return 0
	case seconds < 1 || seconds > most:
		p.add(v.Get("timeoutSeconds").Line, "timeoutSeconds of %s must be at least 1, or -1 for no limit; it is %d", where, seconds)
		return 0
	}
	return time.Duration(seconds) * time.Second
}
