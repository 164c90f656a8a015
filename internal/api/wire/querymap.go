package wire

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ingot/api/model"
)

// mapEntry is the name of an entry of a map in a form.
const mapEntry = "entry"

// mapPart returns the key or the value of an entry of a map, which it makes if needed:
// part and rest are "entry" and "1.key…". It returns nil for every other name.
func mapPart(n *node, t model.Shape, part, rest string) (of *node, shape, left string) {
	number, rest, _ := strings.Cut(rest, ".")
	member, left, _ := strings.Cut(rest, ".")
	i, err := strconv.Atoi(number)
	if part != mapEntry || err != nil || strconv.Itoa(i) != number {
		return nil, "", ""
	}
	switch member {
	case keyName(t):
		return n.entry(i).member(member), "", left
	case valueName(t):
		return n.entry(i).member(member), t.Elem, left
	}
	return nil, "", ""
}

func keyName(t model.Shape) string   { return cmp.Or(t.KeyWire, "key") }
func valueName(t model.Shape) string { return cmp.Or(t.ValueWire, "value") }

// mapping reads a map of a form: "Attributes.entry.1.key" and
// "Attributes.entry.1.value". An entry without a key or without a value is left out.
func (p query) mapping(t model.Shape, n *node) map[string]any {
	document := map[string]any{}
	for _, i := range slices.Sorted(maps.Keys(n.entries)) {
		entry := n.entries[i]
		key, value := entry.members[keyName(t)], entry.members[valueName(t)]
		if key != nil && value != nil {
			document[key.text] = p.value(t.Elem, value)
		}
	}
	return document
}
