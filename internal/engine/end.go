package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ingot"
	"ingot/internal/store"
)

// retryEnd ends an image whose build cannot continue because of a fault of the server.
// While the end cannot be written, for example because the database's disk is full, it
// tries again until the engine closes.
func (e *Engine) retryEnd(ctx context.Context, image string, fault error) {
	e.Logger.Error("a build cannot go on", "image", image, "fault", fault)
	whole, reason := context.WithoutCancel(ctx), e.reason(fault)
	for pause := soonestEnd; ; pause = min(2*pause, latestEnd) {
		err := e.tryEnd(whole, image, reason)
		if err == nil {
			break
		}
		if pause == soonestEnd {
			e.Logger.Error("ending an image; it is tried again", "image", image, "fault", err)
			e.terminateInstancesOf(whole, image)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
	e.terminateLogged(ctx, image)
}

// terminateLogged terminates instances that could not be terminated during the build, and
// logs errors.
func (e *Engine) terminateLogged(ctx context.Context, image string) {
	if err := e.terminateInstances(context.WithoutCancel(ctx)); err != nil {
		e.Logger.Error("ending instances; the end of the next build tries again", "image", image, "fault", err)
	}
}

// The first and the longest pause before the end of an image is tried again.
const (
	soonestEnd = 250 * time.Millisecond
	latestEnd  = 4 * time.Second
)

// tryEnd ends an image whose build cannot continue: as CANCELLED if its user asked for
// that, else as FAILED.
func (e *Engine) tryEnd(ctx context.Context, image, reason string) error {
	asked, err := store.CancelRequested(ctx, e.Store.DB(), image)
	end := ending{ingot.Failed, reason}
	if asked {
		end = ending{Status: ingot.Cancelled}
	}
	if err == nil {
		err = e.endImage(ctx, image, end, ingot.Failed.Before()...)
	}
	if errors.Is(err, store.ErrNoRows) {
		return nil // it was deleted
	}
	return err
}

// terminateInstancesOf terminates the instances of an image whose end cannot be written,
// because their disks may take the missing space.
func (e *Engine) terminateInstancesOf(ctx context.Context, image string) {
	all, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	for _, i := range all {
		if i.ImageARN == image && !i.Kept {
			err = errors.Join(err, e.Build.Host.Terminate(ctx, i.Account, i.Region, i.ID))
		}
	}
	if err != nil {
		e.Logger.Error("ending instances", "image", image, "fault", err)
	}
}

// endImage ends an image that no build works on, if its state is one of from.
func (e *Engine) endImage(ctx context.Context, image string, end ending, from ...ingot.Status) error {
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
		if end.Status == ingot.Failed {
			note, err := e.keptNote(ctx, tx, image)
			if err != nil {
				return err
			}
			end.Reason += note
		}
		if moved, err = store.Transition(ctx, tx, image, end.Status, end.Reason); err != nil || !moved {
			return err
		}
		if err := e.runner.Withdraw(ctx, tx, image); err != nil {
			return err
		}
		if err := endExecutions(ctx, tx, a, end); err != nil {
			return err
		}
		return store.DeleteStagedAMIs(ctx, tx, a.Owner, image)
	})
	if err == nil && moved {
		e.tell(image, end)
	}
	return err
}

// endExecutions ends the executions that are recorded as running.
func endExecutions(ctx context.Context, q store.Querier, a ingot.ARN, end ending) error {
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
		if err := endSteps(ctx, q, x, s, end.Reason); err != nil {
			return fmt.Errorf("ending the steps of %s: %w", x.ID, err)
		}
		if err := store.EndExecution(ctx, q, a.Owner, a.Region, x.ID, s, end.Reason); err != nil {
			return fmt.Errorf("ending the workflow execution %s: %w", x.ID, err)
		}
	}
	return nil
}

func endSteps(ctx context.Context, q store.Querier, x store.Execution, s ingot.StepStatus, reason string) error {
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
