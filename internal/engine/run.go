package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ingot"
	"ingot/internal/document/workflow"
	"ingot/internal/engine/call"
	"ingot/internal/engine/durable"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/plan"
	"ingot/internal/engine/step"
	"ingot/internal/store"
)

// run is one workflow document being interpreted.
type run struct {
	*build
	w     plan.Workflow
	doc   *workflow.Document
	stage string
	steps map[string]any // outputs of the steps that ran
	ran   []int          // steps that ran, for the rollback
	begun string         // the last step that this process began
}

// all runs the steps from top to bottom. A step that fails with Continue does not
// stop the others.
func (r *run) all() (outcome.Outcome, error) {
	for i, s := range r.doc.Steps {
		end, err := r.step(i, s)
		if err != nil {
			return end, err
		}
		if end.Kind == outcome.OK || (s.Continue && end.Kind != outcome.Cancelled) {
			continue
		}
		return end, r.back(end)
	}
	return outcome.Done(nil), nil
}

// step runs one step and records it. A step with invalid references fails.
func (r *run) step(i int, s workflow.Step) (outcome.Outcome, error) {
	facts := r.facts()
	inputs, runs, fault := resolve(s, facts)
	id := r.w.Steps[i]
	if fault == nil && !runs {
		r.addPending(func(ctx context.Context, q store.Querier) error {
			return store.EndStep(ctx, q, r.p.Account, r.p.Region, id, ingot.StepSkipped, "", "")
		})
		return outcome.Done(nil), nil
	}
	err := r.tx("begin "+id, func(ctx context.Context, q store.Querier) error {
		r.begun = id
		return store.BeginStep(ctx, q, r.p.Account, r.p.Region, id, encode(inputs))
	})
	if err != nil {
		return outcome.Outcome{}, err
	}
	end := outcome.Outcome{Kind: outcome.Failed}
	if fault != nil {
		end.Message = fault.Error()
	} else if end, err = r.act(i, s, inputs); err != nil {
		return end, err
	}
	r.ran = append(r.ran, i)
	if end.Outputs != nil {
		r.steps[s.Name] = end.Outputs
	}
	r.addPending(func(ctx context.Context, q store.Querier) error {
		return store.EndStep(ctx, q, r.p.Account, r.p.Region, id, end.Status(), end.Message, encode(end.Outputs))
	})
	return end, nil
}

func resolve(s workflow.Step, facts workflow.Facts) (inputs map[string]any, runs bool, err error) {
	if s.If != nil {
		if runs, err = s.If.Holds(facts); err != nil || !runs {
			return nil, false, err
		}
	}
	v, err := facts.Resolve(s.Inputs)
	if err != nil {
		return nil, true, err
	}
	inputs, _ = v.(map[string]any)
	return inputs, true, nil
}

// act performs the step's action within its time and until the image is
// cancelled. The outcome is recorded as a value.
func (r *run) act(i int, s workflow.Step, inputs map[string]any) (outcome.Outcome, error) {
	return durable.Step(r.ctx, "act "+r.w.Steps[i], func(ctx context.Context) (outcome.Outcome, error) {
		ctx, leave := r.cancels.begin(ctx, r.p.Image)
		defer leave()
		if asked, err := store.CancelRequested(ctx, r.Store.DB(), r.p.Image); err != nil || asked {
			return outcome.Outcome{Kind: outcome.Cancelled, Message: outcome.ErrCancelled.Error()}, err
		}
		limit := r.limitOf(s)
		action, call := r.Actions[s.Action].Action, r.call(i, s, inputs)
		if err := r.place(ctx, i, action, call); err != nil {
			if r.ctx.Err() != nil {
				return outcome.Outcome{}, context.Cause(r.ctx)
			}
			return r.hider.outcome(outcome.Fault(ctx, err).Bounded(), err), nil
		}
		left, err := r.timeLeft(ctx, i, limit)
		if err != nil {
			return outcome.Outcome{}, err
		}
		ctx, stop := context.WithTimeoutCause(ctx, left, fmt.Errorf("it took longer than %s: %w", limit, context.DeadlineExceeded))
		defer stop()
		began := time.Now()
		r.shared.Log.Printf(s.Name, "%s %s", s.Action, r.verb(i))
		end := action.Run(ctx, call)
		if r.ctx.Err() != nil {
			return end, context.Cause(r.ctx) // the server stops; the next one runs this step
		}
		r.shared.Log.Printf(s.Name, "%s after %.2f s%s", end.Kind, time.Since(began).Seconds(), colon(end.Message))
		recorded, err := asRecorded(end)
		return r.hider.outcome(recorded, end.Fault()), err
	})
}

// place waits until an action has its place on this host. The action's time begins then.
func (r *run) place(ctx context.Context, i int, action step.Action, call *call.Call) error {
	placer, can := action.(step.Placer)
	if !can {
		return nil
	}
	waited, err := placer.Place(ctx, call)
	if err != nil || !waited {
		return err
	}
	return store.RestartStep(ctx, r.Store.DB(), r.p.Account, r.p.Region, r.w.Steps[i])
}

// verb returns the log's word for the begin of a step, or for its continuation after a
// restart.
func (r *run) verb(i int) string {
	if r.begun == r.w.Steps[i] {
		return "begins"
	}
	return "goes on after a restart of the server"
}

func (e *Engine) limitOf(s workflow.Step) time.Duration {
	if s.TimeoutSeconds > 0 {
		return time.Duration(s.TimeoutSeconds) * time.Second
	}
	return e.Actions[s.Action].Default
}

// timeLeft counts from the first begin of the step, so that restarts of the server do not
// extend its time.
func (r *run) timeLeft(ctx context.Context, i int, limit time.Duration) (time.Duration, error) {
	row, err := store.StepByID(ctx, r.Store.DB(), r.p.Account, r.p.Region, r.w.Steps[i])
	if err != nil {
		return 0, fmt.Errorf("reading the step %s: %w", r.w.Steps[i], err)
	}
	began, err := time.Parse(time.RFC3339, row.Started)
	if err != nil {
		return 0, fmt.Errorf("reading when the step %s began: %w", row.ID, err)
	}
	return limit - time.Since(began), nil
}

func (r *run) call(i int, s workflow.Step, inputs map[string]any) *call.Call {
	return &call.Call{
		Build: &r.shared, Stage: r.stage, Execution: r.w.Execution, Step: r.w.Steps[i], Name: s.Name,
		Inputs: inputs, ImageID: r.image, Stays: s.KeepOnRollback,
	}
}

// asRecorded returns the outcome as it will be read from the record, with its texts
// bounded, so that a first run and a replay see the same.
func asRecorded(o outcome.Outcome) (again outcome.Outcome, err error) {
	text, err := json.Marshal(o)
	if err != nil {
		return o, err
	}
	err = json.Unmarshal(text, &again)
	return again.Bounded(), err
}

// back rolls back the steps that ran, the last one first, and ends the execution.
func (r *run) back(end outcome.Outcome) error {
	r.endExecution(ingot.RollbackInProgress, end.Message)
	undone := false
	for k := len(r.ran) - 1; k >= 0; k-- {
		i := r.ran[k]
		undo, can := r.Actions[r.doc.Steps[i].Action].Action.(step.Undoer)
		if !can || r.doc.Steps[i].KeepOnRollback {
			r.addPending(r.rolledBack(i, "SKIPPED"))
			continue
		}
		undone = true
		if err := r.undo(i, undo); err != nil {
			return err
		}
	}
	status := ingot.StepFailed
	if undone {
		status = ingot.RollbackCompleted
	}
	if end.Kind == outcome.Cancelled {
		status = ingot.StepCancelled
	}
	r.endExecution(status, end.Message)
	return nil
}

func (r *run) endExecution(s ingot.StepStatus, message string) {
	r.addPending(func(ctx context.Context, q store.Querier) error {
		return store.EndExecution(ctx, q, r.p.Account, r.p.Region, r.w.Execution, s, message)
	})
}

// undo rolls one step back. A failure is recorded and does not stop the rollback.
func (r *run) undo(i int, u step.Undoer) error {
	if err := r.tx("undoing "+r.w.Steps[i], r.rolledBack(i, "RUNNING")); err != nil {
		return err
	}
	s := r.doc.Steps[i]
	status, err := durable.Step(r.ctx, "undo "+r.w.Steps[i], func(ctx context.Context) (string, error) {
		if err := u.Undo(ctx, r.call(i, s, nil)); err != nil {
			r.shared.Log.Printf(s.Name, "rolling back: %v", err)
			return "FAILED", nil
		}
		return "COMPLETED", nil
	})
	if err == nil {
		r.addPending(r.rolledBack(i, status))
	}
	return err
}

func (r *run) rolledBack(i int, status string) change {
	return func(ctx context.Context, q store.Querier) error {
		return store.SetRollback(ctx, q, r.p.Account, r.p.Region, r.w.Steps[i], status)
	}
}

// publishOutputs makes the workflow's outputs available to later workflows. It leaves out
// paths whose step was skipped.
func (r *run) publishOutputs() {
	facts := r.facts()
	for _, o := range r.doc.Outputs {
		v, err := facts.Resolve(o.Value)
		if err != nil {
			continue
		}
		r.outputs[o.Name] = v
		if id, ok := v.(string); ok && o.Name == "ImageId" {
			r.image = id
		}
	}
}

func encode(v map[string]any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
