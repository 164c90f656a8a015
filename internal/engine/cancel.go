package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"ingot"
	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// watchInterval bounds how long the step of a cancelled build continues, and how much a
// machine can write before the space for it grows.
const watchInterval = 300 * time.Millisecond

// cancels holds the acts that run now, by image.
type cancels struct {
	mu   sync.Mutex
	acts map[string]context.CancelCauseFunc
}

// begin returns the context of an act, which ends when the image is cancelled.
func (c *cancels) begin(ctx context.Context, image string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acts == nil {
		c.acts = map[string]context.CancelCauseFunc{}
	}
	c.acts[image] = cancel
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.acts, image)
		cancel(nil)
	}
}

func (c *cancels) images() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for image := range c.acts {
		all = append(all, image)
	}
	return all
}

// cancel ends the act of an image and reports whether one was running.
func (c *cancels) cancel(image string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	cancel := c.acts[image]
	if cancel != nil {
		cancel(outcome.ErrCancelled)
	}
	return cancel != nil
}

// watch ends the acts of cancelled images, and cancelled images that wait. It reads
// nothing while nothing runs or waits.
func (e *Engine) watch(ctx context.Context) {
	said := "" // a fault is logged once until it changes
	e.while(ctx, func() bool { return e.acts() || e.places.Waits() }, func() {
		text := ""
		if err := e.cancelAll(ctx); err != nil && ctx.Err() == nil {
			text = err.Error()
		}
		if text != "" && text != said {
			e.Logger.Error("looking for cancelled images; it is tried again", "fault", text)
		}
		said = text
	})
}

// watchSpace makes the space for disks grow while machines fill it. The next caller that
// needs space reports that there is none.
func (e *Engine) watchSpace(ctx context.Context) {
	e.while(ctx, e.acts, func() {
		if err := e.Build.Nodes.CheckSpace(); err != nil {
			e.Logger.Debug("asking for space", "fault", err)
		}
	})
}

// acts reports whether any act runs.
func (e *Engine) acts() bool { return len(e.cancels.images()) > 0 }

// while calls look at each interval if something returns true.
func (e *Engine) while(ctx context.Context, something func() bool, look func()) {
	t := time.NewTicker(watchInterval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if something() {
			look()
		}
	}
}

// cancelAll cancels the images whose users asked for it.
func (e *Engine) cancelAll(ctx context.Context) error {
	images, err := store.CancelledImages(ctx, e.Store.DB())
	if err != nil {
		return err
	}
	for _, arn := range images {
		if e.cancels.cancel(arn) {
			continue
		}
		// An image that waits is ended here; its build finds that later.
		err = errors.Join(err, e.endImage(ctx, arn, ending{Status: ingot.Cancelled}, ingot.Pending))
	}
	return err
}
