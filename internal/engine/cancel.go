package engine

import (
	"context"
	"sync"
	"time"

	"ingot/internal/engine/step"
	"ingot/internal/store"
)

// watchInterval bounds how long a cancelled build goes on with its step.
const watchInterval = 300 * time.Millisecond

// cancels are the acts that run now, by image.
type cancels struct {
	mu   sync.Mutex
	acts map[string]context.CancelCauseFunc
}

// enter makes the context of an act that a cancelled image ends.
func (c *cancels) enter(ctx context.Context, image string) (context.Context, func()) {
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

func (c *cancels) cancel(image string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.acts[image]; cancel != nil {
		cancel(step.ErrCancelled)
	}
}

// watch ends the acts of images whose users cancelled them. With nothing running
// it reads nothing.
func (e *Engine) watch(ctx context.Context) {
	t := time.NewTicker(watchInterval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, image := range e.cancels.images() {
			if asked, err := store.CancelRequested(ctx, e.Store.DB(), image); err == nil && asked {
				e.cancels.cancel(image)
			}
		}
	}
}
