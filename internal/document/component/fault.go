package component

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a document.
type Fault struct {
	Line    int // 1-based; 0 when the fault belongs to no line
	Message string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Message)
}

// Faults is the error of [Parse] and [Document.Check]: every mistake found, by line.
type Faults []Fault

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.String()
	}
	return strings.Join(texts, "; ")
}

// maxFaults bounds a report: who has a hundred mistakes fixes some and asks again.
const maxFaults = 100

// report collects faults while a document is read.
type report struct {
	faults Faults
}

func (r *report) add(line int, format string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, Fault{Line: line, Message: fmt.Sprintf(format, args...)})
	}
}

// err gives the faults sorted by line, or nil when there are none.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
	return r.faults
}
