package step

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ingot/internal/engine/instance"
	"ingot/internal/machine"
)

// liveInstance is an instance with its machine.
type liveInstance = *instance.Live

// maxLost is how many machines of one step may be lost before it fails.
const maxLost = 3

// lost says that an error is the end of a machine which another one may make good:
// not what the components did to it.
func lost(ctx context.Context, err error) bool {
	exit, ended := errors.AsType[*machine.Exit](err)
	return ended && ctx.Err() == nil && (exit.Kind == machine.Killed || exit.Kind == machine.Crashed)
}

// lasting does f on the build instance, and again on a new machine that goes on
// from the last node when one is lost.
func (c *Call) lasting(ctx context.Context, f func(liveInstance) error) error {
	for n := 0; ; n++ {
		live, err := c.whole(ctx)
		if err == nil {
			err = f(live)
		}
		if n == maxLost || !lost(ctx, err) {
			return err
		}
		c.printf("%v", err)
	}
}

// whole re-attaches to the build instance. If its machine was lost after the
// components had run, another one takes its place on the last node.
func (c *Call) whole(ctx context.Context) (liveInstance, error) {
	live, err := c.live(ctx)
	if !errors.Is(err, instance.ErrLost) || c.Stage != StageBuild {
		return live, err
	}
	gone := live
	live, err = c.onNode(ctx, instance.Launch{}, c.buildBackend(), gone.Launch.Progress.Since, func(l instance.Launch) (*instance.Live, error) {
		if l.Progress.Applied < len(c.Plan.Components) {
			return nil, fmt.Errorf("%w, and the node of its last component is no longer kept; start the build again", instance.ErrLost)
		}
		c.printf("the machine of %s was lost; going on from the last node", gone.Row.ID)
		return c.Host.Renew(ctx, gone, c.buildBackend(), l)
	})
	if err != nil || live.Launch.Continues {
		return live, err
	}
	return live, startUp(ctx, c, live)
}

// endTime bounds how long a run that is not wanted any more may take to end.
const endTime = 10 * time.Second

// end kills what a step that was cancelled, or has run out of time, left running.
// When the server stops, runs go on and the next one follows them.
func (c *Call) end(ctx context.Context, live liveInstance, run string) {
	cause := context.Cause(ctx)
	if !errors.Is(cause, ErrCancelled) && !errors.Is(cause, context.DeadlineExceeded) {
		return
	}
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	if err := live.Agent.Cancel(late, run); err != nil {
		c.printf("%v", err)
	}
}
