// Package outcome describes how a step of a workflow ended.
//
// Texts of guests in an outcome are bounded.
//
// Terms:
//
//   - outcome: how a call went, as a value. An action that fails returns no error,
//     because outcomes are recorded and an error means that nothing is known.
package outcome

import (
	"context"
	"encoding/json"
	"errors"

	"ingot"
)

// Kind is how a step ended.
type Kind string

// The kinds of outcome.
const (
	OK        Kind = "OK"
	Failed    Kind = "FAILED"
	Cancelled Kind = "CANCELLED"
	TimedOut  Kind = "TIMED_OUT"
)

// Outcome is the end of a step.
type Outcome struct {
	Kind    Kind           `json:"kind"`
	Message string         `json:"message,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"`

	fault error
}

// Fault returns the error that the outcome was made from, or nil. It is not recorded.
func (o Outcome) Fault() error { return o.fault }

// Status returns the outcome as the API names it.
func (o Outcome) Status() ingot.StepStatus {
	switch o.Kind {
	case OK:
		return ingot.StepCompleted
	case Cancelled:
		return ingot.StepCancelled
	}
	return ingot.StepFailed
}

// ErrCancelled is the cause of the context of a build that its user cancelled.
var ErrCancelled = errors.New("the image creation was cancelled")

// Done returns the outcome of a step that succeeded.
func Done(outputs map[string]any) Outcome { return Outcome{Kind: OK, Outputs: outputs} }

// Fault returns the outcome for an error.
func Fault(ctx context.Context, err error) Outcome {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrCancelled):
		return Outcome{Kind: Cancelled, Message: ErrCancelled.Error()}
	case errors.Is(cause, context.DeadlineExceeded):
		return Outcome{Kind: TimedOut, Message: "the step timed out: " + err.Error(), fault: err}
	}
	return Outcome{Kind: Failed, Message: err.Error(), fault: err}
}

// Outputs turns a struct into the map of a step's outputs.
func Outputs(v any) map[string]any {
	text, err := json.Marshal(v)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		return map[string]any{"error": err.Error()}
	}
	return m
}
