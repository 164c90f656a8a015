package imagelog

import (
	"ingot/internal/visible"
)

// TimeForm is how the time of an entry is shown.
const TimeForm = "2006-01-02T15:04:05.000Z"

// Lines is an entry for people: each line of its text with the time and with who says
// it, so that nobody can print what looks like the words of another. What a terminal
// would take for a command is made visible.
func (e Entry) Lines() []string {
	lines := visible.Lines(e.Text)
	for i, line := range lines {
		lines[i] = e.Head() + line
	}
	return lines
}

// Head is what stands before each line of an entry: its time, who says it, and where.
func (e Entry) Head() string {
	head := e.Time.UTC().Format(TimeForm) + " [" + e.who() + "] "
	if e.Source != "" {
		head += visible.Line(e.Source) + ": "
	}
	return head
}

// who is the mark of an entry. Entries of earlier versions do not name the component.
func (e Entry) who() string {
	switch {
	case e.own():
		return "server"
	case e.From == "":
		return "component"
	}
	return visible.Line(e.From)
}
