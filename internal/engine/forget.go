package engine

import (
	"context"
	"errors"
	"time"

	"ingot/internal/store"
)

// How long the durable record of a build is kept after its end, to investigate faults,
// and how often older records are looked for.
const (
	recordLife     = 7 * 24 * time.Hour
	forgetInterval = 24 * time.Hour
)

// forget deletes the durable records of builds that ended long ago, at its start and once
// a day. Users do not see them: they see the rows of the image.
func (e *Engine) forget(ctx context.Context) {
	t := time.NewTicker(forgetInterval)
	defer t.Stop()
	for {
		hasEnded := func(image string) (bool, error) { return e.hasEnded(ctx, image) }
		if _, err := e.runner.Forget(time.Now().Add(-recordLife), hasEnded); err != nil && ctx.Err() == nil {
			e.Logger.Error("deleting old records of builds", "fault", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// hasEnded reports whether the image has ended or no longer exists.
func (e *Engine) hasEnded(ctx context.Context, arn string) (bool, error) {
	image, err := store.ImageByARN(ctx, e.Store.DB(), arn)
	if errors.Is(err, store.ErrNoRows) {
		return true, nil
	}
	return err == nil && status(image).Terminal(), err
}
