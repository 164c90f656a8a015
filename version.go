package ingot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxVersionNode is the highest number a node of a version may have.
const MaxVersionNode = 1<<30 - 1

// wildcard stands for a node written as "x".
const wildcard = -1

// Version is major.minor.patch as typed: leading zeros are kept, comparison is numeric.
// A version with nodes that are "x" is a pattern.
type Version struct {
	nodes [3]int
	text  string
}

// ParseVersion reads "1.2.3", "1.2.x", "1.x.x" or "x.x.x". After an x only x may
// follow. The error has code InvalidVersionNumberException.
func ParseVersion(s string) (Version, error) {
	v, err := ParseNewVersion(s)
	for i := 1; err == nil && i < 3; i++ {
		if v.nodes[i-1] == wildcard && v.nodes[i] != wildcard {
			return Version{}, Errorf(InvalidVersionNumber, "The version '%s' is not valid: after an x only x may follow.", s)
		}
	}
	return v, err
}

// ParseNewVersion reads the version of a new resource. A node may be x, which means the
// next number.
func ParseNewVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return Version{}, Errorf(InvalidVersionNumber, "The version '%s' must have the form major.minor.patch.", s)
	}
	v := Version{text: s}
	for i, p := range parts {
		n, err := parseNode(p)
		if err != nil {
			return Version{}, Errorf(InvalidVersionNumber, "The version '%s' is not valid: %v.", s, err)
		}
		v.nodes[i] = n
	}
	return v, nil
}

func parseNode(s string) (int, error) {
	if s == "x" {
		return wildcard, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > MaxVersionNode || s[0] == '+' {
		return 0, fmt.Errorf("'%s' is not a number from 0 to %d", s, MaxVersionNode)
	}
	return n, nil
}

// NewVersion makes a version from three numbers.
func NewVersion(major, minor, patch int) Version {
	return Version{nodes: [3]int{major, minor, patch}, text: fmt.Sprintf("%d.%d.%d", major, minor, patch)}
}

func (v Version) String() string { return v.text }

// Node returns node i (0 major, 1 minor, 2 patch), or -1 for an x.
func (v Version) Node(i int) int { return v.nodes[i] }

// Wildcard reports whether v is a pattern.
func (v Version) Wildcard() bool { return slices.Contains(v.nodes[:], wildcard) }

// Matches reports whether the concrete version other fits the pattern v.
func (v Version) Matches(other Version) bool {
	for i, n := range v.nodes {
		if n != wildcard && n != other.nodes[i] {
			return false
		}
	}
	return true
}

// Compare orders versions numerically, major first.
func (v Version) Compare(other Version) int {
	return cmp.Or(
		cmp.Compare(v.nodes[0], other.nodes[0]),
		cmp.Compare(v.nodes[1], other.nodes[1]),
		cmp.Compare(v.nodes[2], other.nodes[2]))
}
