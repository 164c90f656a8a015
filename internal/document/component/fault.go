package component

import (
	"slices"
	"strings"

	"ingot/internal/document/yamldoc"
)

// Fault is one mistake in a document.
type Fault = yamldoc.Fault

// Faults is the error of [Parse] and [Document.Check]: every mistake found, by line.
type Faults []Fault

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.String()
	}
	return strings.Join(texts, "; ")
}

// report collects faults while a document is read.
type report struct {
	faults   Faults
	patterns patterns
}

func (r *report) add(line int, format string, args ...any) {
	if len(r.faults) < yamldoc.MaxFaults {
		r.faults = append(r.faults, yamldoc.Faultf(line, format, args...))
	}
}

// err returns the faults sorted by line, or nil when there are none.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
	return r.faults
}
