package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ingot/internal/store"
)

// Clock tells the time and makes timers.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// keepAgain is the pause before the termination of kept instances is tried again.
const keepAgain = time.Minute

// keep terminates instances whose time is over, until ctx ends. It looks at its start,
// when an image has ended, and when the time of the next instance is over.
func (e *Engine) keep(ctx context.Context) {
	for {
		next, err := e.terminateKept(ctx)
		if err != nil && ctx.Err() == nil {
			e.Logger.Error("ending instances that were kept; it is tried again", "fault", err)
			next = keepAgain
		}
		var due <-chan time.Time
		if next > 0 {
			due = e.Clock.After(next)
		}
		select {
		case <-ctx.Done():
			return
		case <-e.ended:
		case <-due:
		}
	}
}

// terminateKept terminates the instances whose time is over, and returns how long the
// next one is still kept; 0: none is kept.
func (e *Engine) terminateKept(ctx context.Context) (next time.Duration, faults error) {
	e.ends.Lock()
	defer e.ends.Unlock()
	all, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	if err != nil {
		return 0, err
	}
	for _, i := range all {
		if !kept(i) {
			continue
		}
		left, err := e.leftOf(ctx, i)
		if err == nil && left <= 0 {
			err = e.terminateOne(ctx, i)
		} else if err == nil && (next == 0 || left < next) {
			next = left
		}
		faults = errors.Join(faults, err)
	}
	return next, faults
}

// leftOf is how long an instance is still kept. If its row has no start of that time,
// because its build could not continue, the time starts now.
func (e *Engine) leftOf(ctx context.Context, i store.Instance) (time.Duration, error) {
	now := e.Clock.Now()
	if i.KeptSince == "" {
		return e.KeepMachines, store.KeepInstance(ctx, e.Store.DB(), i.Account, i.Region, i.ID, store.Timestamp(now))
	}
	since, err := time.Parse(time.RFC3339, i.KeptSince)
	if err != nil {
		return 0, fmt.Errorf("reading since when instance %s is kept: %w", i.ID, err)
	}
	return e.KeepMachines - now.Sub(since), nil
}

func (e *Engine) terminateOne(ctx context.Context, i store.Instance) error {
	if err := e.Build.Host.Terminate(ctx, i.Account, i.Region, i.ID); err != nil {
		return err
	}
	log, err := e.Logs.Image(i.ImageARN)
	if err != nil {
		return err
	}
	log.End(fmt.Sprintf("instance %s was kept for %s (--keep-machines) and has been ended", i.ID, e.KeepMachines))
	return nil
}

// keptNote records since when the instances of a failed image are kept, and returns a
// sentence for its reason.
func (e *Engine) keptNote(ctx context.Context, q store.Querier, image string) (note string, err error) {
	all, err := store.Instances(ctx, q, e.Build.Host.ID)
	now := e.Clock.Now()
	for _, i := range all {
		if i.ImageARN != image || !i.Kept {
			continue
		}
		if err := store.KeepInstance(ctx, q, i.Account, i.Region, i.ID, store.Timestamp(now)); err != nil {
			return "", err
		}
		note += fmt.Sprintf("; instance %s is kept until %s", i.ID, now.Add(e.KeepMachines).UTC().Format(time.RFC3339))
	}
	return note, err
}

// signalEnd wakes [Engine.keep] when an image has ended.
func (e *Engine) signalEnd() {
	select {
	case e.ended <- struct{}{}:
	default:
	}
}
