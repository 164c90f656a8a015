// Package yamldoc reads the one YAML document of a text, within bounds, for both document
// languages. Anyone who may call the API may write such a text.
//
// Aliases are followed, and what they stand for is counted each time: neither an alias
// that contains itself nor aliases of aliases exceed the bounds.
//
// Scalars keep the text that their author wrote; the tag says how YAML would read it.
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
	maxDepth  = 64        // nested lists and mappings; the languages need a dozen
)

// Kind tells what a [Node] is.
type Kind int

// The kinds of node. The zero kind is Absent.
const (
	Absent Kind = iota
	Scalar
	List
	Mapping
)

// String returns the author's word for a kind.
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

// Get returns the value of a mapping's key; Absent when there is none.
func (n Node) Get(key string) Node {
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return Node{}
}

// Null reports whether there is no value: no node, an empty one, ~ or null.
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

// Read returns the nodes of a text of at most maxSize bytes, and its faults. Whole
// reports that all of the text was read; then the faults are keys that were left out.
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

// message removes the library's name from its message.
func message(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " ")
}

// tree converts the library's nodes and counts what it made.
type tree struct {
	faults []Fault
	values int
	text   int
	broken bool // a bound was exceeded
}

// Bounds of a report.
const (
	MaxFaults  = 100 // enough to correct before the next try
	maxMessage = 600 // bytes; faults name pieces of the document, which may be long
)

// Faultf returns a fault whose message has a bounded length.
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

// fail adds a fault after which nothing more is read.
func (t *tree) fail(line int, format string, args ...any) {
	t.broken = true
	t.faults = append(t.faults, Faultf(line, format, args...))
}

// node converts one node. After a bound is exceeded it returns Absent.
func (t *tree) node(n *yaml.Node, depth int) Node {
	for n.Kind == yaml.DocumentNode || n.Kind == yaml.AliasNode {
		next := n.Alias
		if n.Kind == yaml.DocumentNode {
			next = n.Content[0]
		}
		n, depth = next, depth+1
	}
	if !t.count(n, depth) {
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

// count counts a node against the bounds.
func (t *tree) count(n *yaml.Node, depth int) bool {
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

// mapping converts keys and values; a duplicate key is a fault.
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
		case t.count(key, depth):
			seen[key.Value] = true
			m.Fields = append(m.Fields, Field{Key: key.Value, Line: key.Line, Value: t.node(n.Content[i+1], depth+1)})
		}
	}
	return m
}

// keyFault explains a key that is not a text. The usual cause is an unquoted value that
// begins with a reference, which YAML reads as a mapping in a mapping.
func keyFault(key *yaml.Node) string {
	if key.Kind == yaml.MappingNode {
		return "a value that begins with {{ needs quotes around it"
	}
	return fmt.Sprintf("a key must be a text; this one is a %s", key.ShortTag())
}
