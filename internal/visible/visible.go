// Package visible makes texts of whoever wrote them safe to show and to keep: what a
// guest printed, the name of a file, the words of a tool that read a foreign disk.
//
// A character that does something else than to show itself is written in words: it
// could move a terminal's cursor, change its title, type into it, turn the order of the
// text around, or hide. What is shown is plain letters, marks, digits, punctuation,
// symbols and spaces of any language, and tabs.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line writes a text as one line. Control characters are written as terminals' manuals
// have them (^[ for escape, ^M for a carriage return, ^J for a new line), other
// characters that do not show as \u202e, and bytes that are no UTF-8 as \xff.
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

// hides tells what must not reach a terminal: controls (C0 and C1), formats (those of
// direction among them), separators of lines and paragraphs, and code points that no
// character has, or that only some fonts show.
func hides(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) }

// Lines writes a text of several lines, each as [Line] does. A carriage return before
// the end of a line belongs to the end, and the end of the last line is no line.
func Lines(s string) []string {
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, line := range all {
		all[i] = Line(strings.TrimSuffix(line, "\r"))
	}
	return all
}

// Text is [Lines] as one text.
func Text(s string) string { return strings.Join(Lines(s), "\n") }

// Sentence writes a text of several lines as one line of at most n bytes: what may
// stand in a record, in an answer of the API, or within another sentence.
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

// more is what stands at the end of a text that was cut.
const more = "…"

// Clip cuts a text to at most n bytes, between characters, and says so at its end.
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
