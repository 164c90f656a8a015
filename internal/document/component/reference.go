package component

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ReferenceKind says where the value of a reference comes from.
type ReferenceKind int

// The kinds of reference, by the form of the body.
const (
	// RefName is `Name`: a parameter or constant.
	RefName ReferenceKind = iota + 1
	// RefOutput is `phase.step.outputs.key` or `phase.step.outputs[i].key`.
	RefOutput
	// RefInput is the same with inputs.
	RefInput
	// RefLoop is `NAME.index` or `NAME.value`; NAME is "loop" or a loop's name.
	RefLoop
	// RefEnv is `env:NAME`.
	RefEnv
	// RefIMDS is `aws:imds:path`.
	RefIMDS
	// RefSSM is `aws:ssm:name` or `aws:ssm:resolve(X)`.
	RefSSM
	// RefContext is `context:key`.
	RefContext
)

// Reference is the body of one `{{ … }}`.
type Reference struct {
	Kind ReferenceKind
	Body string // as written, without white space at its ends
	// Name is the declared name, environment variable, metadata path, context
	// key or parameter-store name; for RefLoop the loop's name.
	Name string
	// Resolve reports that Name was within resolve(…).
	Resolve bool
	// Chain is the front of a RefOutput or RefInput, "phase.step". Names may contain
	// dots, so the document has to tell where the name of the phase ends.
	Chain string
	Index int    // of a RefOutput or RefInput; 0 when none is written
	Key   string // of a RefOutput or RefInput; "index" or "value" of a RefLoop
}

var (
	plainForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	loopForm  = regexp.MustCompile(`^([A-Za-z0-9_-]+)\.(index|value)$`)
	chainForm = regexp.MustCompile(`^([^\s.|'"]+(?:\.[^\s.|'"]+)+)\.(outputs|inputs)(?:\[([0-9]{1,6})\])?\.([A-Za-z0-9_-]+)$`)
	ssmForm   = regexp.MustCompile(`^resolve\((.*)\)$`)
)

// parseReference reads a body. A body of no known form is not a reference: it may be a
// Go or Jinja template inside a script, and stays as it is.
func parseReference(body string) (Reference, bool) {
	body = strings.TrimSpace(body)
	ref := Reference{Body: body}
	for prefix, kind := range map[string]ReferenceKind{"env:": RefEnv, "aws:imds:": RefIMDS, "context:": RefContext} {
		if name, ok := strings.CutPrefix(body, prefix); ok {
			ref.Kind, ref.Name = kind, name
			return ref, name != "" && !strings.Contains(name, "\n")
		}
	}
	if name, ok := strings.CutPrefix(body, "aws:ssm:"); ok {
		ref.Kind, ref.Name = RefSSM, name
		if m := ssmForm.FindStringSubmatch(name); m != nil {
			ref.Name, ref.Resolve = strings.TrimSpace(m[1]), true
		}
		return ref, ref.Name != "" && !strings.ContainsAny(name, "\n")
	}
	if plainForm.MatchString(body) {
		ref.Kind, ref.Name = RefName, body
		return ref, true
	}
	if m := loopForm.FindStringSubmatch(body); m != nil {
		ref.Kind, ref.Name, ref.Key = RefLoop, m[1], m[2]
		return ref, true
	}
	if m := chainForm.FindStringSubmatch(body); m != nil {
		ref.Kind, ref.Chain, ref.Key = RefOutput, m[1], m[4]
		if m[2] == "inputs" {
			ref.Kind = RefInput
		}
		ref.Index, _ = strconv.Atoi(m[3]) // no index reads as 0
		return ref, true
	}
	return Reference{}, false
}

// Expand replaces the references of text from left to right in one pass: replacements
// are not expanded again. If value returns keep, or a body has no known form, the text
// stays as written. It stops at the first error.
func Expand(text string, value func(Reference) (replacement string, keep bool, err error)) (string, error) {
	var out strings.Builder
	for {
		end := strings.Index(text, "}}")
		if end < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		// The innermost opening counts, so that ${{{ Name }}} and a stray {{ before
		// a reference both do what their author meant.
		start := strings.LastIndex(text[:end], "{{")
		if start < 0 {
			out.WriteString(text[:end+1])
			text = text[end+1:]
			continue
		}
		out.WriteString(text[:start])
		written := text[start : end+2]
		text = text[end+2:]
		ref, ok := parseReference(written[2 : len(written)-2])
		if !ok {
			out.WriteString(written)
			continue
		}
		replacement, keep, err := value(ref)
		if err != nil {
			return "", err
		}
		if keep {
			replacement = written
		}
		out.WriteString(replacement)
	}
}

// References lists the references of text from left to right.
func References(text string) []Reference {
	var refs []Reference
	_, _ = Expand(text, func(r Reference) (string, bool, error) { // never fails: the callback does not
		refs = append(refs, r)
		return "", true, nil
	})
	return refs
}

func hasReference(text string) bool { return len(References(text)) > 0 }

// Find returns the phase and step that a chaining reference names.
func (d *Document) Find(r Reference) (*Phase, *Step, bool) {
	for i := range d.Phases {
		phase := &d.Phases[i]
		if name, ok := strings.CutPrefix(r.Chain, phase.Name+"."); ok {
			if step, ok := phase.Step(name); ok {
				return phase, step, true
			}
		}
	}
	return nil, nil, false
}

// contextKeys are the keys of `context:`.
var contextKeys = []string{"executionId", "accountId", "region", "osPlatform", "osName", "osVersion", "date", "dateTime", "uuid", "hostname", "phase", "step"}

// references checks every reference of inputs and conditions.
func (p *parser) references() {
	for _, phase := range p.doc.Phases {
		for _, step := range phase.Steps {
			check := func(text string, line int) {
				for _, ref := range References(text) {
					p.reference(ref, line)
				}
			}
			step.Inputs.texts(check)
			if step.If != nil {
				step.If.Expression.texts(check)
			}
		}
	}
}

func (p *parser) reference(ref Reference, line int) {
	switch ref.Kind {
	case RefName:
		if !p.declared[ref.Name] {
			p.add(line, "{{ %s }} names no parameter and no constant of the document", ref.Body)
		}
	case RefOutput, RefInput:
		if _, _, ok := p.doc.Find(ref); !ok {
			p.add(line, "{{ %s }} names no phase and step of the document", ref.Body)
		}
	case RefIMDS:
		path := strings.TrimLeft(ref.Name, "/")
		if strings.HasPrefix(path, "iam/") || path == "iam" || strings.HasPrefix(path, "identity-credentials") {
			p.add(line, "{{ %s }} reads credentials from the instance metadata; a document cannot do that", ref.Body)
		}
	case RefContext:
		if !slices.Contains(contextKeys, ref.Name) {
			p.add(line, "{{ %s }} names no known fact; known are %s", ref.Body, strings.Join(contextKeys, ", "))
		}
	case RefSSM:
		if inner := ref.Name; ref.Resolve && plainForm.MatchString(inner) && !p.declared[inner] {
			p.add(line, "{{ %s }}: %s is not a parameter or constant of the document", ref.Body, inner)
		}
	}
}
