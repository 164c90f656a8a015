package component

import (
	"encoding/json"

	"ingot/internal/document/yamldoc"
)

// maxSize bounds a document in bytes; the service's own quota is 64 KB.
const maxSize = 1 << 20

// Kind tells what a [Value] is.
type Kind int

// The kinds of value.
const (
	Absent  Kind = iota // missing, or a key without a value
	Text                // a scalar, as its author wrote it
	List                // a sequence
	Mapping             // keys and values in the order written
)

// Value is a piece of a document. Its texts are as written, whatever YAML makes of
// them.
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

// Get returns the value of a mapping's key; Absent when there is none.
func (v Value) Get(key string) Value {
	for _, f := range v.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return Value{}
}

// Map returns a copy of v in which replace was applied to every text, in the order of
// the document. It stops at the first error.
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

// Plain returns v as encoding/json would decode it, with every scalar a string: string,
// []any, map[string]any or nil.
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

// String returns v as JSON, for messages and records.
func (v Value) String() string {
	text, err := json.Marshal(v.Plain())
	if err != nil { // strings always marshal
		return err.Error()
	}
	return string(text)
}

// String returns the author's word for a kind.
func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a list", "a mapping"}[k]
}

// readYAML turns the one document of text into values.
func readYAML(text []byte, r *report) (Value, bool) {
	root, faults, whole := yamldoc.Read(text, maxSize)
	r.faults = append(r.faults, faults...)
	return valueOf(root), whole
}

// valueOf converts a node. Only a plain scalar can be empty, and then its key counts as
// absent.
func valueOf(n yamldoc.Node) Value {
	v := Value{Line: n.Line}
	switch n.Kind {
	case yamldoc.Scalar:
		if n.Text != "" || n.Quoted {
			v.Kind, v.Text = Text, n.Text
		}
	case yamldoc.List:
		v.Kind = List
		for _, item := range n.Items {
			// An empty item is an empty text, not a missing one: a list keeps its length.
			made := valueOf(item)
			if made.Kind == Absent {
				made = Value{Kind: Text, Line: item.Line}
			}
			v.Items = append(v.Items, made)
		}
	case yamldoc.Mapping:
		v.Kind = Mapping
		for _, f := range n.Fields {
			v.Fields = append(v.Fields, Field{Key: f.Key, Line: f.Line, Value: valueOf(f.Value)})
		}
	}
	return v
}
