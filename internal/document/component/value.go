package component

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Bounds of a document. They stop alias bombs and accidents; the service's own
// quota (64 KB of text) is far below them.
const (
	maxSize   = 1 << 20 // bytes of a document
	maxValues = 50_000  // values after aliases are followed
	maxText   = 8 << 20 // bytes of all texts after aliases are followed
	maxDepth  = 64      // of nesting
)

// Kind tells what a [Value] is.
type Kind int

// The kinds of value.
const (
	Absent  Kind = iota // not there, or a key with nothing behind it
	Text                // a scalar, as its author wrote it
	List                // a sequence
	Mapping             // keys and values in the order written
)

// Value is a piece of a document. Its texts are what the author wrote, never
// what YAML makes of them.
type Value struct {
	Kind   Kind    `json:"k,omitempty"`
	Text   string  `json:"t,omitempty"` // of a Text
	Items  []Value `json:"i,omitempty"` // of a List
	Fields []Field `json:"f,omitempty"` // of a Mapping
	Line   int     `json:"-"`
}

// Field is one key of a mapping.
type Field struct {
	Key   string `json:"n"`
	Value Value  `json:"v"`
	Line  int    `json:"-"`
}

// TextValue makes a text.
func TextValue(text string) Value { return Value{Kind: Text, Text: text} }

// Get finds the value of a mapping's key; Absent when there is none.
func (v Value) Get(key string) Value {
	for _, f := range v.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return Value{}
}

// Map gives a copy of v in which replace has been applied to every text, in the
// order of the document. It stops at the first error.
func (v Value) Map(replace func(string) (string, error)) (Value, error) {
	var err error
	switch v.Kind {
	case Text:
		v.Text, err = replace(v.Text)
		return v, err
	case List:
		items := make([]Value, len(v.Items))
		for i, item := range v.Items {
			if items[i], err = item.Map(replace); err != nil {
				return Value{}, err
			}
		}
		v.Items = items
	case Mapping:
		fields := make([]Field, len(v.Fields))
		for i, f := range v.Fields {
			if f.Value, err = f.Value.Map(replace); err != nil {
				return Value{}, err
			}
			fields[i] = f
		}
		v.Fields = fields
	}
	return v, nil
}

// texts calls visit for every text below v with its line.
func (v Value) texts(visit func(text string, line int)) {
	if v.Kind == Text {
		visit(v.Text, v.Line)
	}
	for _, item := range v.Items {
		item.texts(visit)
	}
	for _, f := range v.Fields {
		f.Value.texts(visit)
	}
}

// Plain gives v as what encoding/json would read from the same document, with
// every scalar a string: string, []any, map[string]any or nil.
func (v Value) Plain() any {
	switch v.Kind {
	case Text:
		return v.Text
	case List:
		items := make([]any, len(v.Items))
		for i, item := range v.Items {
			items[i] = item.Plain()
		}
		return items
	case Mapping:
		fields := make(map[string]any, len(v.Fields))
		for _, f := range v.Fields {
			fields[f.Key] = f.Value.Plain()
		}
		return fields
	}
	return nil
}

// String is v as JSON, for messages and records.
func (v Value) String() string {
	text, err := json.Marshal(v.Plain())
	if err != nil { // a tree of strings always marshals
		return err.Error()
	}
	return string(text)
}

// kindName is the author's word for a kind.
func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a list", "a mapping"}[k]
}

// readYAML turns the one document of text into values.
func readYAML(text []byte, r *report) (Value, bool) {
	if len(text) > maxSize {
		r.add(0, "the document has %d bytes; the limit is %d", len(text), maxSize)
		return Value{}, false
	}
	var root yaml.Node
	if err := yaml.Load(text, &root, yaml.WithV3Defaults()); err != nil {
		r.add(0, "the document is not valid YAML: %s", yamlMessage(err))
		return Value{}, false
	}
	t := tree{report: r}
	v := t.value(&root, 0)
	return v, !t.broken
}

// yamlMessage takes the library's name out of its message.
func yamlMessage(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " ")
}

// tree converts YAML nodes and counts what it made.
type tree struct {
	report *report
	values int
	text   int
	broken bool
}

// value converts one node. After a bound is passed it gives Absent for all.
func (t *tree) value(n *yaml.Node, depth int) Value {
	for n.Kind == yaml.DocumentNode || n.Kind == yaml.AliasNode {
		next := n.Alias
		if n.Kind == yaml.DocumentNode {
			next = n.Content[0]
		}
		n, depth = next, depth+1
	}
	if !t.admit(n, depth) {
		return Value{}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return scalar(n)
	case yaml.SequenceNode:
		v := Value{Kind: List, Line: n.Line}
		for _, item := range n.Content {
			// An empty item is an empty text, not a missing one: a list keeps its length.
			made := t.value(item, depth+1)
			if made.Kind == Absent {
				made = Value{Kind: Text, Line: item.Line}
			}
			v.Items = append(v.Items, made)
		}
		return v
	case yaml.MappingNode:
		return t.mapping(n, depth)
	}
	return Value{Line: n.Line}
}

// admit counts a node against the bounds.
func (t *tree) admit(n *yaml.Node, depth int) bool {
	if t.broken {
		return false
	}
	t.values++
	t.text += len(n.Value)
	switch {
	case depth > maxDepth:
		t.report.add(n.Line, "the document is nested more than %d levels deep", maxDepth)
	case t.values > maxValues:
		t.report.add(n.Line, "the document has more than %d values once its aliases are followed", maxValues)
	case t.text > maxText:
		t.report.add(n.Line, "the document has more than %d bytes of text once its aliases are followed", maxText)
	default:
		return true
	}
	t.broken = true
	return false
}

// scalar keeps the author's text. Only a plain scalar can be written with no
// text at all, and then its key counts as absent.
func scalar(n *yaml.Node) Value {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if n.Value == "" && !quoted {
		return Value{Line: n.Line}
	}
	return Value{Kind: Text, Text: n.Value, Line: n.Line}
}

// mapping converts keys and values; a key twice is a fault.
func (t *tree) mapping(n *yaml.Node, depth int) Value {
	v := Value{Kind: Mapping, Line: n.Line}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			t.report.add(key.Line, "%s", keyFault(key))
			continue
		}
		if seen[key.Value] {
			t.report.add(key.Line, "the key %q is there twice", key.Value)
			continue
		}
		seen[key.Value] = true
		v.Fields = append(v.Fields, Field{Key: key.Value, Line: key.Line, Value: t.value(n.Content[i+1], depth+1)})
	}
	return v
}

// keyFault explains a key that is no text. The usual cause is an unquoted
// value that begins with a reference, which YAML reads as a mapping in a mapping.
func keyFault(key *yaml.Node) string {
	if key.Kind == yaml.MappingNode {
		return "a value that begins with {{ needs quotes around it"
	}
	return fmt.Sprintf("a key must be a text; this one is a %s", key.ShortTag())
}
