package ingot

import "slices"

// Status is the state of an image; the names are the API's.
type Status string

// The states of an image in the order of its life; docs/states.md draws them.
const (
	Pending      Status = "PENDING"
	Creating     Status = "CREATING"
	Building     Status = "BUILDING"
	Testing      Status = "TESTING"
	Distributing Status = "DISTRIBUTING"
	Integrating  Status = "INTEGRATING"
	Available    Status = "AVAILABLE"
	Failed       Status = "FAILED"
	Cancelled    Status = "CANCELLED"
	Deprecated   Status = "DEPRECATED"
	Disabled     Status = "DISABLED"
	Deleted      Status = "DELETED"
)

// progress is the order of a build; a build may skip states (no tests, nothing to
// integrate) and never goes back.
var progress = []Status{Pending, Creating, Building, Testing, Distributing, Integrating, Available}

// Terminal reports whether no build works on an image in state s.
func (s Status) Terminal() bool {
	return s == Available || !slices.Contains(progress, s)
}

// Before lists the states from which an image may change to s. A transition is a store
// update that names these states, so an illegal one changes nothing.
func (s Status) Before() []Status {
	switch s {
	case Failed, Cancelled:
		return progress[:len(progress)-1]
	case Deprecated:
		return []Status{Available}
	case Disabled:
		return []Status{Available, Deprecated}
	case Deleted:
		return []Status{Available, Deprecated, Disabled, Failed, Cancelled}
	}
	i := slices.Index(progress, s)
	if i < 1 {
		return nil
	}
	return progress[:i]
}

// StepStatus is the state of a workflow execution or of one of its steps.
type StepStatus string

// The states of executions and steps; rollback states belong to executions.
const (
	StepPending        StepStatus = "PENDING"
	StepSkipped        StepStatus = "SKIPPED"
	StepRunning        StepStatus = "RUNNING"
	StepCompleted      StepStatus = "COMPLETED"
	StepFailed         StepStatus = "FAILED"
	StepCancelled      StepStatus = "CANCELLED"
	RollbackInProgress StepStatus = "ROLLBACK_IN_PROGRESS"
	RollbackCompleted  StepStatus = "ROLLBACK_COMPLETED"
)
