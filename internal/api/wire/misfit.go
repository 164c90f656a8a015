package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingot"
)

// misfit is a part of a document that breaks a rule. Where it stands is added on the
// way up from it, so that a document that fits costs no text.
type misfit struct {
	where []string // ".name" or "[3]", the innermost first
	text  string
}

func (m *misfit) Error() string { return m.path() + " " + m.text }

// refuse says what is wrong with a part.
func refuse(format string, args ...any) error {
	return &misfit{text: fmt.Sprintf(format, args...)}
}

// within adds that a part stands in a member, or under the key of a map.
func within(member string, err error) error { return inside("."+member, err) }

// at adds that a part is an entry of a list.
func at(i int, err error) error { return inside(fmt.Sprintf("[%d]", i), err) }

func inside(place string, err error) error {
	if m, ok := errors.AsType[*misfit](err); ok {
		m.where = append(m.where, place)
	}
	return err
}

// path names the part, as in "distributions[0].region".
func (m *misfit) path() string {
	var b strings.Builder
	for _, place := range slices.Backward(m.where) {
		b.WriteString(place)
	}
	return strings.TrimPrefix(b.String(), ".")
}

// asFault is the service's sentence for a misfit.
func asFault(err error) error {
	m, ok := errors.AsType[*misfit](err)
	if !ok {
		return err
	}
	path := m.path()
	member := path[strings.LastIndexByte(path, '.')+1:]
	return ingot.InvalidValue(path, "%s %s", member, m.text)
}
