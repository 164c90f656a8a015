package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ingot"
	"ingot/internal/store"
)

// abandon ends an image whose build cannot go on, for a reason that is not the
// user's: nothing of it becomes visible. What it leaves running goes with the next
// [Engine.Reconcile].
func (e *Engine) abandon(ctx context.Context, image string, fault error) {
	e.Logger.Error("a build cannot go on", "image", image, "fault", fault)
	if err := e.finish(ctx, image, ending{ingot.Failed, "The build could not go on: " + firstLine(fault.Error())}, ingot.Failed.Before()...); err != nil {
		e.Logger.Error("ending an image", "image", image, "fault", err)
	}
	if err := e.endInstances(ctx); err != nil {
		e.Logger.Error("ending instances", "image", image, "fault", err)
	}
}

// finish ends an image that no build works on, if it stands in one of the states.
func (e *Engine) finish(ctx context.Context, image string, end ending, from ...ingot.Status) error {
	a, err := ingot.ParseARN(image)
	if err != nil {
		return err
	}
	moved := false
	err = e.Store.Update(ctx, func(tx *store.Tx) (err error) {
		i, err := store.ImageByARN(ctx, tx, image)
		if err != nil || !slices.Contains(from, status(i)) {
			return err
		}
		if moved, err = store.Transition(ctx, tx, image, end.Status, end.Reason); err != nil || !moved {
			return err
		}
		if err := closeExecutions(ctx, tx, a, end); err != nil {
			return err
		}
		return store.DeleteStagedAMIs(ctx, tx, a.Owner, image)
	})
	if err == nil && moved {
		e.tell(image, end)
	}
	return err
}

// closeExecutions ends what is recorded as running.
func closeExecutions(ctx context.Context, q store.Querier, a ingot.ARN, end ending) error {
	s := ingot.StepFailed
	if end.Status == ingot.Cancelled {
		s = ingot.StepCancelled
	}
	executions, err := store.Executions(ctx, q, a.Owner, a.Region, a.String())
	if err != nil {
		return err
	}
	for _, x := range executions {
		if x.Status != ingot.StepRunning && x.Status != ingot.RollbackInProgress {
			continue
		}
		if err := closeSteps(ctx, q, x, s, end.Reason); err != nil {
			return fmt.Errorf("ending the steps of %s: %w", x.ID, err)
		}
		if err := store.EndExecution(ctx, q, a.Owner, a.Region, x.ID, s, end.Reason); err != nil {
			return fmt.Errorf("ending the workflow execution %s: %w", x.ID, err)
		}
	}
	return nil
}

func closeSteps(ctx context.Context, q store.Querier, x store.Execution, s ingot.StepStatus, reason string) error {
	steps, err := store.Steps(ctx, q, x.Account, x.Region, x.ID)
	if err != nil {
		return err
	}
	for _, p := range steps {
		if p.Status != ingot.StepRunning {
			continue
		}
		if err := store.EndStep(ctx, q, x.Account, x.Region, p.ID, s, reason, p.Outputs); err != nil {
			return err
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
