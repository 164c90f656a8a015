package component

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// maxWeight bounds the patterns of one document together. A unit is a letter, a range of
// letters or a step of the compiled program, and takes about a microsecond; repetitions
// count as often as they are written out.
const maxWeight = 20_000

// patterns checks the patterns of one document, each once.
type patterns struct {
	faults map[string]error
	weight int
}

// check returns what is wrong with a pattern.
func (p *patterns) check(text string) error {
	if fault, known := p.faults[text]; known {
		return fault
	}
	if p.faults == nil {
		p.faults = map[string]error{}
	}
	p.faults[text] = p.compile(text)
	return p.faults[text]
}

func (p *patterns) compile(text string) error {
	if p.weight += parseWeight(text); p.weight > maxWeight {
		return errTooLarge
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return fmt.Errorf("is not a regular expression (RE2): %w", err)
	}
	if p.weight += weight(tree); p.weight > maxWeight {
		return errTooLarge
	}
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("is not a regular expression (RE2): %w", err)
	}
	return nil
}

var errTooLarge = fmt.Errorf("and those before it are too large: repetitions and classes of letters count as often as they are written out, %d in a document", maxWeight)

// What parsing costs before the tree shows it: a class of Unicode has hundreds of ranges,
// and without case a range is folded letter by letter.
const (
	classWeight = 700
	foldWeight  = 2500
)

// parseWeight estimates the cost of parsing a pattern from its text.
func parseWeight(text string) int {
	sum := len(text) + classWeight*(strings.Count(text, `\p`)+strings.Count(text, `\P`))
	if caseless.MatchString(text) {
		sum += foldWeight * (strings.Count(text, `\x`) + utf8.RuneCountInString(text) - ascii(text))
	}
	return sum
}

// caseless matches where a pattern may begin to ignore case.
var caseless = regexp.MustCompile(`\(\?[a-zA-Z]*i`)

// ascii counts the letters of ASCII.
func ascii(text string) (n int) {
	for i := range len(text) {
		if text[i] < utf8.RuneSelf {
			n++
		}
	}
	return n
}

// weight estimates the size of the program that a pattern compiles to. It stops counting
// above maxWeight.
func weight(r *syntax.Regexp) int {
	sum := 1 + len(r.Rune)
	for _, part := range r.Sub {
		sum = min(sum+weight(part), 2*maxWeight)
	}
	if r.Op == syntax.OpRepeat {
		sum *= max(r.Max, r.Min+1)
	}
	return min(sum, 2*maxWeight)
}
