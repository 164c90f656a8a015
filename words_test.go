package ingot_test

import (
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const wordsPage = "docs/words.md"

// A term is a word of Ingot's own, as the doc comment of a package defines it.
type term struct{ word, meaning, room string }

// termForm is one item of a list of terms: the word, a colon, what it means.
var termForm = regexp.MustCompile(`^([A-Za-z][A-Za-z -]*): (.+\.)$`)

// TestWordsPageIsTrue compares docs/words.md with the packages. With UPDATE_DOCS=1 it
// writes the page.
func TestWordsPageIsTrue(t *testing.T) {
	want := wordsOf(t)
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(wordsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(wordsPage)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the packages say (%v): UPDATE_DOCS=1 go test . writes it", wordsPage, err)
	}
}

func wordsOf(t *testing.T) string {
	t.Helper()
	terms := map[string]term{}
	eachGo(t, func(file string) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		found, err := termsOf(f.Doc.Text())
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, n := range found {
			n.room = path.Dir(filepath.ToSlash(file))
			key := strings.ToLower(n.word)
			if before, ok := terms[key]; ok {
				t.Errorf("%s and %s both define %q: a word has one sense", before.room, n.room, n.word)
			}
			terms[key] = n
		}
	})
	var rows strings.Builder
	for _, key := range slices.Sorted(maps.Keys(terms)) {
		n := terms[key]
		fmt.Fprintf(&rows, "| %s | %s | `%s` |\n", n.word, strings.ReplaceAll(n.meaning, "|", `\|`), n.room)
	}
	return "# Words\n\nIngot's own words, each with its one sense and the package that defines it. Everything else is called what AWS, Linux\n" +
		"or Go calls it. A test makes this page from the section \"Terms\" of each package's doc comment.\n\n" +
		"| word | meaning | package |\n|---|---|---|\n" + rows.String()
}

// termsOf returns the terms that the doc comment of a package defines: the list after
// a paragraph that is "Terms:".
func termsOf(doc string) ([]term, error) {
	blocks := new(comment.Parser).Parse(doc).Content
	at := slices.IndexFunc(blocks, func(b comment.Block) bool {
		p, ok := b.(*comment.Paragraph)
		return ok && strings.HasPrefix(plain(p.Text), "Terms")
	})
	if at < 0 {
		return nil, nil
	}
	if head := plain(blocks[at].(*comment.Paragraph).Text); head != "Terms:" || at+1 == len(blocks) {
		return nil, fmt.Errorf("%q is not the line \"Terms:\" with a list after it", head)
	}
	list, ok := blocks[at+1].(*comment.List)
	if !ok {
		return nil, fmt.Errorf("no list follows \"Terms:\"")
	}
	var terms []term
	for _, item := range list.Items {
		text := plain(item.Content[0].(*comment.Paragraph).Text)
		m := termForm.FindStringSubmatch(text)
		if m == nil || len(item.Content) > 1 {
			return nil, fmt.Errorf("%q does not have the form \"word: what it means.\"", text)
		}
		terms = append(terms, term{word: m[1], meaning: m[2]})
	}
	return terms, nil
}

// plain returns a text on one line, without its links.
func plain(all []comment.Text) string {
	var s strings.Builder
	for _, part := range all {
		switch part := part.(type) {
		case comment.Plain:
			s.WriteString(string(part))
		case comment.Italic:
			s.WriteString(string(part))
		case *comment.Link:
			s.WriteString(plain(part.Text))
		case *comment.DocLink:
			s.WriteString(plain(part.Text))
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

func TestTermsOf(t *testing.T) {
	for doc, want := range map[string]string{
		"Package p does it.": "[]",
		"Package p.\n\nTerms:\n\n  - a word: what\n    it means.\n  - B: more.": "[{a word what it means. } {B more. }]",
		"Package p.\n\nTerms: a word is this.":                                  `"Terms: a word is this." is not the line "Terms:" with a list after it`,
		"Package p.\n\nTerms:":                                                  `"Terms:" is not the line "Terms:" with a list after it`,
		"Package p.\n\nTerms:\n\nA word.":                                       `no list follows "Terms:"`,
		"Package p.\n\nTerms:\n\n  - A word is this.":                           `"A word is this." does not have the form "word: what it means."`,
	} {
		terms, err := termsOf(doc)
		got := fmt.Sprint(terms)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("terms of %q: %s, want %s", doc, got, want)
		}
	}
}
