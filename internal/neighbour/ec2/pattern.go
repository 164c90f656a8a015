package ec2

import "strings"

// pattern is a compiled value of a filter: * matches any text, ? one character, and a
// backslash before a character that character. All positions that a text may have
// reached are followed at once, as bits, so the time depends on the length of the text
// and not on the pattern.
type pattern struct {
	length int                // characters to be matched, stars not counted
	masks  map[rune]positions // of each character: where it stands
	any    positions          // where any character does
	stays  positions          // where a star lets characters pass
}

// positions has a bit for each position in a pattern, the end included.
type positions [longestValue/64 + 1]uint64

func (p *positions) set(i int)      { p[i/64] |= 1 << (i % 64) }
func (p *positions) has(i int) bool { return p[i/64]>>(i%64)&1 == 1 }

// wild reports whether a value matches more than itself.
func wild(value string) bool { return strings.ContainsAny(value, `*?\`) }

// compile reads a value of at most [longestValue] characters.
func compile(value string) *pattern {
	p := &pattern{masks: map[rune]positions{}}
	escaped := false
	for _, c := range value {
		switch {
		case escaped:
			escaped = false
			p.literal(c)
		case c == '\\':
			escaped = true
		case c == '*':
			p.stays.set(p.length)
		case c == '?':
			p.any.set(p.length)
			p.length++
		default:
			p.literal(c)
		}
	}
	if escaped { // nothing follows that it could be before
		p.literal('\\')
	}
	for c, mask := range p.masks {
		for w := range mask {
			mask[w] |= p.any[w]
		}
		p.masks[c] = mask
	}
	return p
}

func (p *pattern) literal(c rune) {
	mask := p.masks[c]
	mask.set(p.length)
	p.masks[c] = mask
	p.length++
}

// match reports whether the whole of a text matches.
func (p *pattern) match(text string) bool {
	at := positions{1}
	words := p.length/64 + 1
	for _, c := range text {
		fits, known := p.masks[c]
		if !known {
			fits = p.any
		}
		var carry, left uint64
		for w := range words {
			moved := at[w] & fits[w]
			at[w] = moved<<1 | carry | at[w]&p.stays[w]
			carry = moved >> 63
			left |= at[w]
		}
		if left == 0 {
			return false
		}
	}
	return at.has(p.length)
}
