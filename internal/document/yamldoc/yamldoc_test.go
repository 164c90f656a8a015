package yamldoc_test

import (
	"fmt"
	"strings"
	"testing"

	"ingot/internal/document/yamldoc"
)

const size = 1 << 20

func TestRead(t *testing.T) {
	root, faults, whole := yamldoc.Read([]byte("a: &x [1, '1', true, null, ~, yes]\nb: *x\nc: |\n  text\n\nd:\n1: {e: f}\n"), size)
	if len(faults) > 0 || !whole || root.Kind != yamldoc.Mapping {
		t.Fatalf("%v, %v, %v", root, faults, whole)
	}
	var got []string
	for _, f := range root.Fields {
		got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Key, show(f.Value)))
	}
	list := `[1!!int, "1"!!str, true!!bool, null!!null, ~!!null, yes!!str]`
	want := []string{"1 a " + list, "2 b " + list, "3 c \"text\n\"!!str", "6 d !!null", "7 1 {e: f!!str}"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// show writes a node with its scalars' tags.
func show(n yamldoc.Node) string {
	var parts []string
	switch n.Kind {
	case yamldoc.Scalar:
		if n.Quoted {
			return `"` + n.Text + `"` + n.Tag
		}
		return n.Text + n.Tag
	case yamldoc.List:
		for _, item := range n.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, f := range n.Fields {
		parts = append(parts, f.Key+": "+show(f.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func TestFaults(t *testing.T) {
	for text, c := range map[string]struct {
		word  string
		whole bool
	}{
		"a: 1\na: 2\n":                       {"line 2: the key \"a\" is there twice", true},
		"? [a]\n: b\n":                       {"a key must be a text", true},
		"a: {{ x }}\n":                       {"needs quotes", true},
		"a: [":                               {"not valid YAML", false},
		"a: 1\n---\na: 2\n":                  {"not valid YAML", false},
		"a: *b\n":                            {"not valid YAML", false},
		strings.Repeat("x", size+1):          {"the limit is", false},
		"&a [*a]":                            {"nested more than", false},
		"a: &a {b: *a}":                      {"nested more than", false},
		"a: &a\n  b: &b {c: *a, d: *b}":      {"nested more than", false},
		Bomb(9, "x"):                         {"values once", false},
		Bomb(4, strings.Repeat("x", 10_000)): {"bytes of text once", false},
		strings.Repeat("[", 500) + strings.Repeat("]", 500): {"nested more than", false},
	} {
		_, faults, whole := yamldoc.Read([]byte(text), size)
		if len(faults) == 0 || !strings.Contains(faults[0].Error(), c.word) || whole != c.whole {
			t.Errorf("Read(%.40q) = %v, %v; want %q, %v", text, faults, whole, c.word, c.whole)
		}
	}
}

// Bomb is a document whose aliases stand for 10^levels texts.
func Bomb(levels int, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a0: &a0 [%s]\n", strings.Repeat(text+", ", 10))
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10))
	}
	return b.String()
}

func TestAReportIsBounded(t *testing.T) {
	_, faults, _ := yamldoc.Read([]byte(strings.Repeat(strings.Repeat("k", 1000)+": 1\n", 900)), size)
	long := 0
	for _, f := range faults {
		long += len(f.Message)
	}
	if len(faults) != yamldoc.MaxFaults || long > 100_000 {
		t.Errorf("%d faults with %d bytes", len(faults), long)
	}
}

// FuzzRead checks that every text is read to a bounded tree or to a fault with a message.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"a: [1, {b: c}]", "&a [*a]", "a: &a {b: *a}", Bomb(9, "x"), Bomb(3, "'long text'"), "{{ x }}", "- - - -", "\x00", "? {a: b}\n: c\n",
		"a: 1\n---\nb: 2\n", "<<: {a: b}", "!!binary aGVsbG8=", "a: !x &b y\nc: *b", "%YAML 9.9\n---\n", "\xff\xfea\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, faults, whole := yamldoc.Read(text, 64<<10)
		if !whole && len(faults) == 0 {
			t.Fatal("nothing was read and no fault says why")
		}
		for _, fault := range faults {
			if fault.Message == "" {
				t.Fatal("a fault without words")
			}
		}
		count := 0
		within(t, root, 0, &count)
	})
}

// within checks a tree against the bounds, and counts its nodes.
func within(t *testing.T, n yamldoc.Node, depth int, count *int) {
	t.Helper()
	if *count++; depth > 70 || *count > 50_001 {
		t.Fatalf("node %d is at depth %d", *count, depth)
	}
	for _, item := range n.Items {
		within(t, item, depth+1, count)
	}
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if seen[f.Key] {
			t.Fatalf("the key %q is there twice", f.Key)
		}
		seen[f.Key] = true
		within(t, f.Value, depth+1, count)
	}
}
