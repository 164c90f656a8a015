package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"ingot/internal/agent/action"
	"ingot/internal/agent/process"
	"ingot/internal/agent/protocol"
	"ingot/internal/document/component"
)

// step runs the unit at the state's position: its condition, then its attempts. An error
// ends the work on the run; a step that fails and lets its document continue returns nil.
func (e *executor) step(ctx context.Context, u unit) error {
	if e.state.Attempt == 0 {
		e.state.StepStarted = time.Now().UTC()
	}
	if e.state.Verdict == "" {
		verdict, err := e.evaluateIf(u)
		if err != nil {
			return e.stepEnded(u, e.failure(err.Error()), u.step.OnFailure == component.Abort)
		}
		e.state.Verdict = verdict
	}
	switch e.state.Verdict {
	case component.Skip:
		return e.stepEnded(u, record{Status: protocol.Skipped, Started: e.state.StepStarted}, false)
	case component.AbortRun:
		return e.stepEnded(u, e.failure("the step's condition said Abort"), true)
	}
	return e.attempts(ctx, u)
}

func (e *executor) failure(message string) record {
	return record{Status: protocol.Failed, Message: message, Started: e.state.StepStarted}
}

// attempts runs the step until it succeeds or its attempts are used up. A restart that
// the step requests is not an attempt.
func (e *executor) attempts(ctx context.Context, u unit) error {
	for attempt := max(1, e.state.Attempt); ; attempt++ {
		e.state.Attempt, e.state.Running, e.state.Group, e.state.GroupStart = attempt, true, 0, ""
		if err := e.save(); err != nil {
			return err
		}
		e.Emit(e.stepEvent(u, protocol.Event{Kind: protocol.KindStep, Status: protocol.Running, Attempt: attempt}))
		r, err := e.attempt(ctx, u)
		if request, ok := errors.AsType[*action.RebootRequest](err); ok {
			return e.reboot(u, r, request)
		}
		if ctx.Err() != nil {
			return e.interrupted(ctx, u, r)
		}
		e.state.Running = false
		if err == nil {
			r.Status = protocol.Success
			return e.stepEnded(u, r, false)
		}
		r.Status, r.Message = protocol.Failed, err.Error()
		if attempt < u.step.MaxAttempts {
			e.remark(u, "attempt %d of %d failed: %s", attempt, u.step.MaxAttempts, r.Message)
			continue
		}
		e.noteFailure(u, err)
		return e.stepEnded(u, r, u.step.OnFailure == component.Abort)
	}
}

// interrupted ends a step whose context has ended. Only a cancellation ends the run; when
// the agent has to stop, the state stays as after a crash.
func (e *executor) interrupted(ctx context.Context, u unit, r record) error {
	cause := context.Cause(ctx)
	if !errors.Is(cause, ErrCancelled) {
		return cause
	}
	e.state.Running = false
	r.Status, r.Message = protocol.Failed, "cancelled"
	return errors.Join(cause, e.stepEnded(u, r, true))
}

// attempt runs the step's action once. A file operation that hangs cannot be stopped;
// after the time limit it is left behind.
func (e *executor) attempt(ctx context.Context, u unit) (record, error) {
	r := record{Started: e.state.StepStarted}
	inputs, err := e.resolve(u, u.step.Inputs)
	if err != nil {
		return r, err
	}
	r.Inputs = inputs
	limit := u.step.Timeout
	if u.step.Action == "Reboot" {
		limit = 0
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	module, ok := action.Lookup(u.step.Action)
	if !ok {
		return r, fmt.Errorf("the action module %s is not in this agent", u.step.Action)
	}
	type end struct {
		outputs []action.Output
		err     error
	}
	ended := make(chan end, 1)
	go func() {
		outputs, err := module.Run(ctx, e.call(ctx, u, inputs, limit))
		ended <- end{outputs, err}
	}()
	defer func() {
		if ctx.Err() != nil {
			killSince(e.state.GroupStart)
		}
	}()
	select {
	case got := <-ended:
		r.Outputs = got.outputs
		return r, inWords(got.err, limit)
	case <-ctx.Done():
	}
	select { // children need their grace to end
	case got := <-ended:
		r.Outputs = got.outputs
		return r, inWords(got.err, limit)
	case <-time.After(2 * process.DefaultGrace):
		return r, fmt.Errorf("timed out after %s and does not end", limit)
	}
}

// inWords replaces the error of a deadline by the message of a child that timed out.
func inWords(err error, limit time.Duration) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("timed out after %s", limit)
	}
	return err
}

// call returns the arguments of a step's module.
func (e *executor) call(ctx context.Context, u unit, inputs component.Value, limit time.Duration) action.Call {
	c := action.Call{
		Inputs: inputs, Dir: e.workDir, Env: e.env, Timeout: limit,
		Scratch: filepath.Join(e.Dir, "scratch"),
		Started: func(group int) {
			if ctx.Err() == nil { // otherwise the step may have been left behind
				e.started(group)
			}
		},
	}
	if !u.step.DisableLogging {
		c.Line = func(s process.Stream, text string) {
			e.Emit(e.stepEvent(u, protocol.Event{Kind: protocol.KindLog, Stream: string(s), Text: text}))
		}
	}
	return c
}

func (e *executor) remark(u unit, format string, args ...any) {
	e.Emit(e.stepEvent(u, protocol.Event{Kind: protocol.KindLog, Stream: protocol.Agent, Text: fmt.Sprintf(format, args...)}))
}

// noteFailure keeps the first failure that is not ignored.
func (e *executor) noteFailure(u unit, err error) {
	if e.state.Failed != nil || u.step.OnFailure == component.Ignore {
		return
	}
	e.state.Failed = e.failed(u, err.Error())
	if exit, ok := errors.AsType[*action.ExitError](err); ok && !u.step.DisableLogging {
		e.state.Failed.Stderr = exit.Stderr
	}
}

func (e *executor) failed(u unit, message string) *protocol.Failure {
	d := e.Run.Documents[u.document]
	return &protocol.Failure{
		Document: d.Name, ARN: d.ARN, Phase: u.phase.Name, Step: u.step.Name, Action: u.step.Action, Error: message,
	}
}

// reboot records that the machine has to restart, and where the run continues.
func (e *executor) reboot(u unit, r record, request *action.RebootRequest) error {
	e.state.Running = false
	if e.state.Reboots >= maxReboots {
		r.Status, r.Message = protocol.Failed, fmt.Sprintf("the run has restarted its machine %d times, which is the limit; does the step notice that it already ran?", maxReboots)
		return e.stepEnded(u, r, true)
	}
	e.state.Reboots++
	if !request.Again {
		r.Status = protocol.Success
		if err := e.stepEnded(u, r, false); err != nil {
			return err
		}
	}
	e.state.Rebooting, e.state.Marks = true, e.marks()
	if err := e.save(); err != nil {
		return err
	}
	e.Emit(e.stepEvent(u, protocol.Event{Kind: protocol.KindReboot, Status: protocol.Running, Text: "the machine restarts"}))
	return ErrReboot
}

// errAborted ends the run after a failed step that does not let its document continue.
var errAborted = errors.New("a step failed")

// stepEnded records a step's end, emits it with the end of its phase and document, and
// moves to the next step. An aborting step ends its phase, its document and the run.
func (e *executor) stepEnded(u unit, r record, abort bool) error {
	r.Ended = time.Now().UTC()
	if r.Status == protocol.Failed {
		if !abort && u.step.OnFailure == component.Ignore {
			r.Status = protocol.Ignored
		} else if e.state.Failed == nil {
			e.state.Failed = e.failed(u, r.Message)
		}
	}
	attempt := e.state.Attempt
	e.state.Records = append(e.state.Records, r)
	e.state.Unit++
	e.state.Attempt, e.state.Verdict, e.state.Running, e.state.Group = 0, "", false, 0
	e.state.Aborted = abort
	err := e.save()
	e.Emit(e.stepEvent(u, protocol.Event{
		Kind: protocol.KindStep, Status: r.Status, Attempt: attempt, Text: r.Message, Millis: r.Ended.Sub(r.Started).Milliseconds(),
	}))
	if u.lastOfPhase || abort {
		e.Emit(e.event(u, protocol.Event{
			Kind: protocol.KindPhase, Phase: u.phase.Name, Status: e.status(func(v unit) bool { return v.document == u.document && v.phase == u.phase }),
			Millis: time.Since(e.state.PhaseStarted).Milliseconds(),
		}))
	}
	if u.lastOfDocument || abort {
		e.Emit(e.event(u, protocol.Event{
			Kind: protocol.KindDocument, Status: e.status(func(v unit) bool { return v.document == u.document }),
			Millis: time.Since(e.state.DocumentStarted).Milliseconds(),
		}))
	}
	if abort {
		return cmp.Or(err, errAborted)
	}
	return err
}

// status sums up the ended steps for whose units in returns true.
func (e *executor) status(in func(unit) bool) protocol.Status {
	sum := protocol.Success
	for i, r := range e.state.Records {
		switch {
		case !in(e.units[i]):
		case r.Status == protocol.Failed:
			return protocol.Failed
		case r.Status == protocol.Ignored:
			sum = protocol.SuccessIgnored
		}
	}
	return sum
}
