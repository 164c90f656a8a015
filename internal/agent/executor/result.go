package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ingot/internal/agent/protocol"
)

// refuse returns the result of a run of which nothing was executed.
func (e *executor) refuse(err error) protocol.Result {
	now := time.Now().UTC()
	e.Emit(protocol.Event{Kind: protocol.KindLog, Stream: protocol.Agent, Text: err.Error()})
	return protocol.Result{
		ID: e.Run.ID, Status: protocol.Failed, FailureMessage: err.Error(),
		Failed: &protocol.Failure{Error: err.Error()}, Started: now, Ended: now,
	}
}

// end returns the result of a run whose steps have ended, for the reason err: nil, an
// aborting step, a cancellation, or a failure of the agent itself. It returns any other
// err: the run can be continued.
func (e *executor) end(ctx context.Context, err error) (protocol.Result, error) {
	r := e.result()
	switch {
	case errors.Is(err, ErrReboot):
		return protocol.Result{}, err
	case errors.Is(err, ErrCancelled):
		r.Status, r.FailureMessage = protocol.Cancelled, "the run was cancelled"
	case err == nil || errors.Is(err, errAborted):
	case ctx.Err() != nil: // the agent is told to stop
		return protocol.Result{}, err
	default:
		r.Status, r.FailureMessage = protocol.Failed, err.Error()
		if r.Failed == nil {
			r.Failed = &protocol.Failure{Error: err.Error()}
		}
	}
	e.sayFailure(r)
	e.log.writeDetail(e, r)
	return r, nil
}

// result counts the steps.
func (e *executor) result() protocol.Result {
	s := e.state
	r := protocol.Result{
		ID: e.Run.ID, Status: e.status(func(unit) bool { return true }), Failed: s.Failed,
		Reboots: s.Reboots, LogFolder: s.LogFolder, Started: s.Started, Ended: time.Now().UTC(),
	}
	for i, record := range s.Records {
		switch record.Status {
		case protocol.Failed:
			r.FailedSteps++
			if r.FailureMessage == "" {
				r.FailureMessage = fmt.Sprintf("Document %s failed!", e.label(e.units[i].document))
			}
		case protocol.Ignored:
			r.IgnoredSteps++
		}
		if record.Status != protocol.Skipped {
			r.Executed++
		}
	}
	return r
}

// sayFailure ends the log of a failed run with the labelled lines that
// readers of such logs look for.
func (e *executor) sayFailure(r protocol.Result) {
	f := r.Failed
	if r.Status != protocol.Failed || f == nil {
		return
	}
	for _, line := range [...]struct{ label, text string }{
		{"Document", f.Document}, {"ComponentArn", f.ARN}, {"Phase", f.Phase}, {"Step", f.Step},
		{"Action", f.Action}, {"ErrorMessage", f.Error}, {"Stderr", f.Stderr},
	} {
		if line.text != "" {
			e.Emit(protocol.Event{Kind: protocol.KindLog, Stream: protocol.Agent, Text: line.label + ": " + line.text})
		}
	}
}
