// Package yamldoc reads the one YAML document of a text into a tree, within bounds.
// It is the reader of both document languages, whose texts are written by whoever may
// call the API.
//
// Aliases are followed while the tree is made, and what they stand for is counted each
// time: neither an alias that contains itself nor aliases of aliases make a tree that
// is larger or deeper than the bounds.
//
// Scalars keep the text that their author wrote; what YAML takes them for is in their
// tag.
package yamldoc

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Bounds of a document. The service's own quota (64 KB of text) is far below them.
const (
	maxValues = 50_000    // values after aliases are followed: some 10 MB of memory
	maxText   = 256 << 10 // bytes of all texts after aliases are followed
	maxDepth  = 64        // of nesting; the languages need a dozen
)

// Kind tells what a [Node] is.
type Kind int

// The kinds of node. The zero kind is that of a node that is not there.
const (
	Absent Kind = iota
	Scalar
	List
	Mapping
)

// String is the author's word for a kind.
func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a list", "a mapping"}[k]
}

// Node is a piece of a document.
type Node struct {
	Kind   Kind
	Text   string  // of a Scalar, as its author wrote it
	Tag    string  // of a Scalar: !!str, !!bool, !!int, !!null and so on
	Quoted bool    // a Scalar that is quoted, or a block
	Items  []Node  // of a List
	Fields []Field // of a Mapping, in the order written, each key once
	Line   int     // from 1
}

// Field is one key of a mapping.
type Field struct {
	Key   string
	Value Node
	Line  int
}

// Get finds the value of a mapping's key; Absent when there is none.
func (n Node) Get(key string) Node {
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return Node{}
}

// Null says whether there is no value: no node, an empty one, ~ or null.
func (n Node) Null() bool { return n.Kind == Absent || n.Kind == Scalar && n.Tag == "!!null" }

// Fault is one mistake in a document.
type Fault struct {
	Line    int // from 1; 0 when the fault belongs to no line
	Message string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Message)
}

func (f Fault) Error() string { return f.String() }

// Read gives the tree of a text of at most maxSize bytes, and its faults. Whole says
// that all of the text was read: then the faults are keys that were left out.
func Read(text []byte, maxSize int) (root Node, faults []Fault, whole bool) {
	t := &tree{}
	if len(text) > maxSize {
		t.fail(0, "the document has %d bytes; the limit is %d", len(text), maxSize)
		return Node{}, t.faults, false
	}
	var n yaml.Node
	if err := yaml.Load(text, &n, yaml.WithV3Defaults()); err != nil {
		t.fail(0, "the document is not valid YAML: %s", message(err))
		return Node{}, t.faults, false
	}
	if root = t.node(&n, 0); t.broken {
		return Node{}, t.faults, false
	}
	return root, t.faults, true
}

// message takes the library's name out of its message.
func message(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " ")
}

// tree converts the library's nodes and counts what it made.
type tree struct {
	faults []Fault
	values int
	text   int
	broken bool // a bound was passed
}

// Bounds of a report.
const (
	MaxFaults  = 100 // who has a hundred mistakes fixes some and asks again
	maxMessage = 600 // bytes; faults name pieces of the document, which may be long
)

// Faultf makes a fault, whose message is cut at a bound.
func Faultf(line int, format string, args ...any) Fault {
	message := fmt.Sprintf(format, args...)
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return Fault{line, message}
}

func (t *tree) fault(line int, format string, args ...any) {
	if len(t.faults) < MaxFaults {
		t.faults = append(t.faults, Faultf(line, format, args...))
	}
}

// fail notes a fault after which nothing more is read.
func (t *tree) fail(line int, format string, args ...any) {
	t.broken = true
	t.faults = append(t.faults, Faultf(line, format, args...))
}

// node converts one node. After a bound is passed it gives Absent for all.
func (t *tree) node(n *yaml.Node, depth int) Node {
	for n.Kind == yaml.DocumentNode || n.Kind == yaml.AliasNode {
		next := n.Alias
		if n.Kind == yaml.DocumentNode {
			next = n.Content[0]
		}
		n, depth = next, depth+1
	}
	if !t.admit(n, depth) {
		return Node{}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		return Node{Kind: Scalar, Text: n.Value, Tag: n.ShortTag(), Quoted: quoted, Line: n.Line}
	case yaml.SequenceNode:
		list := Node{Kind: List, Line: n.Line}
		for _, item := range n.Content {
			if t.broken {
				break
			}
			list.Items = append(list.Items, t.node(item, depth+1))
		}
		return list
	case yaml.MappingNode:
		return t.mapping(n, depth)
	}
	return Node{Line: n.Line}
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
		t.fail(n.Line, "the document is nested more than %d levels deep", maxDepth)
	case t.values > maxValues:
		t.fail(n.Line, "the document has more than %d values once its aliases are followed", maxValues)
	case t.text > maxText:
		t.fail(n.Line, "the document has more than %d bytes of text once its aliases are followed", maxText)
	}
	return !t.broken
}

// mapping converts keys and values; a key twice is a fault.
func (t *tree) mapping(n *yaml.Node, depth int) Node {
	m := Node{Kind: Mapping, Line: n.Line}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && !t.broken; i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			t.fault(key.Line, "%s", keyFault(key))
		case seen[key.Value]:
			t.fault(key.Line, "the key %q is there twice", key.Value)
		case t.admit(key, depth):
			seen[key.Value] = true
			m.Fields = append(m.Fields, Field{Key: key.Value, Line: key.Line, Value: t.node(n.Content[i+1], depth+1)})
		}
	}
	return m
}

// keyFault explains a key that is no text. The usual cause is an unquoted
// value that begins with a reference, which YAML reads as a mapping in a mapping.
func keyFault(key *yaml.Node) string {
	if key.Kind == yaml.MappingNode {
		return "a value that begins with {{ needs quotes around it"
	}
	return fmt.Sprintf("a key must be a text; this one is a %s", key.ShortTag())
}
