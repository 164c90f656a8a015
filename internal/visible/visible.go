// Package visible makes texts safe to show and to keep that the program did not write:
// what a guest printed, the name of a file, the messages of a tool that read a foreign
// disk.
//
// A character that does more than show itself is written in words: it could move a
// terminal's cursor, change its title, type into it, reverse the order of the text, or
// hide. Letters, marks, digits, punctuation, symbols and spaces of any language, and
// tabs, are shown as they are.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line. Control characters are written as the manuals of
// terminals do (^[ for escape, ^M for a carriage return, ^J for a newline), other
// characters that do not show as \u202e, and bytes that are not UTF-8 as \xff.
func Line(s string) string {
	if !strings.ContainsFunc(s, hides) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !hides(r):
			b.WriteString(s[:n])
		case r < ' ':
			b.WriteString("^" + string('@'+r))
		case r == 0x7f:
			b.WriteString("^?")
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// hides reports whether a character must not reach a terminal: controls (C0 and C1),
// formats (such as those of direction), separators of lines and paragraphs, and code
// points that are not assigned or that only some fonts show.
func hides(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) }

// Lines returns the lines of a text, each as [Line] does. A carriage return before a
// newline belongs to it, and no line follows the last newline.
func Lines(s string) []string {
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, line := range all {
		all[i] = Line(strings.TrimSuffix(line, "\r"))
	}
	return all
}

// Text is [Lines] joined to one text.
func Text(s string) string { return strings.Join(Lines(s), "\n") }

// Sentence returns a text of several lines as one line of at most n bytes, for a
// record, an answer of the API, or a part of another sentence.
func Sentence(s string, n int) string {
	if len(s) > 2*n { // so that a long text costs no more than a short one
		s = s[:2*n]
	}
	var parts []string
	for _, line := range Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return Clip(strings.Join(parts, "; "), n)
}

// more marks the end of a text that was cut.
const more = "…"

// Clip cuts a text to at most n bytes, between characters, and marks its end.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := max(0, n-len(more))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more[:min(len(more), n)]
}
