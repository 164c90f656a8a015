package ec2

import "strings"

// pattern is a compiled value of a filter: * stands for any text, ? for one character,
// and a backslash before a character means that character. All positions in it that a
// text may have led to are followed at once, as bits, so that matching takes as long
// as the text is, whatever the pattern.
type pattern struct {
	length int             // characters to be matched, stars not counted
	masks  map[rune]places // of each character: where it stands
	any    places          // where any character does
	stays  places          // where a star lets characters pass
}

// places has a bit for each position in a pattern, the end included.
type places [longestValue/64 + 1]uint64

func (p *places) set(i int)      { p[i/64] |= 1 << (i % 64) }
func (p *places) has(i int) bool { return p[i/64]>>(i%64)&1 == 1 }

// wild says whether a value means more than itself.
func wild(value string) bool { return strings.ContainsAny(value, `*?\`) }

// compile reads a value of at most [longestValue] characters.
func compile(value string) *pattern {
	p := &pattern{masks: map[rune]places{}}
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

// match says whether the whole of a text fits.
func (p *pattern) match(text string) bool {
	at := places{1}
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
