package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingot"
)

// misfit is a part of an input that breaks a rule. Its path is built on the way up, so
// that an input without faults costs no text.
type misfit struct {
	where []string // ".name" or "[3]", the innermost first
	text  string
}

func (m *misfit) Error() string { return m.path() + " " + m.text }

// refuse returns a misfit that says what is wrong with a part.
func refuse(format string, args ...any) error {
	return &misfit{text: fmt.Sprintf(format, args...)}
}

// within adds the member, or the key of a map, that contains the part.
func within(member string, err error) error { return inside("."+member, err) }

// at adds the index of the list entry that contains the part.
func at(i int, err error) error { return inside(fmt.Sprintf("[%d]", i), err) }

func inside(where string, err error) error {
	if m, ok := errors.AsType[*misfit](err); ok {
		m.where = append(m.where, where)
	}
	return err
}

// path returns the path of the part, such as "distributions[0].region".
func (m *misfit) path() string {
	var b strings.Builder
	for _, where := range slices.Backward(m.where) {
		b.WriteString(where)
	}
	return strings.TrimPrefix(b.String(), ".")
}

// asFault returns the service's sentence for a misfit.
func asFault(err error) error {
	m, ok := errors.AsType[*misfit](err)
	if !ok {
		return err
	}
	path := m.path()
	member := path[strings.LastIndexByte(path, '.')+1:]
	return ingot.InvalidValue(path, "%s %s", member, m.text)
}
