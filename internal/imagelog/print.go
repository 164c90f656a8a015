package imagelog

import (
	"ingot/internal/visible"
)

// TimeForm is the format of an entry's time.
const TimeForm = "2006-01-02T15:04:05.000Z"

// Lines returns the entry for people: each line of its text with the time and its
// source, so that no text can look like that of another source. Control characters are
// made visible.
func (e Entry) Lines() []string {
	lines := visible.Lines(e.Text)
	for i, line := range lines {
		lines[i] = e.Head() + line
	}
	return lines
}

// Head returns what is before each line of an entry: its time, whose text it is, and
// the step.
func (e Entry) Head() string {
	head := e.Time.UTC().Format(TimeForm) + " [" + e.who() + "] "
	if e.Source != "" {
		head += visible.Line(e.Source) + ": "
	}
	return head
}

// who returns the mark of an entry's source. Entries of earlier versions do not name
// the component.
func (e Entry) who() string {
	switch {
	case e.own():
		return "server"
	case e.From == "":
		return "component"
	}
	return visible.Line(e.From)
}
