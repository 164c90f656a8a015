package assembly

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/machine"
)

// maxLost is how many machines of one step may be lost before it fails.
const maxLost = 3

// Lost reports whether an error is the end of a machine that was killed or crashed, so
// that another machine may replace it.
func Lost(ctx context.Context, err error) bool {
	exit, ended := errors.AsType[*machine.Exit](err)
	return ended && ctx.Err() == nil && (exit.Kind == machine.Killed || exit.Kind == machine.Crashed)
}

// Lasting calls f with the build instance. When its machine is lost, it calls f again
// with a new one that continues from the last node.
func Lasting(ctx context.Context, c *call.Call, f func(*instance.Live) error) error {
	for n := 0; ; n++ {
		live, err := whole(ctx, c)
		if err == nil {
			err = f(live)
		}
		if n == maxLost || !Lost(ctx, err) {
			return err
		}
		c.Printf("%v", err)
	}
}

// whole re-attaches to the build instance. If its machine was lost after the components
// had run, a new one on the last node replaces it.
func whole(ctx context.Context, c *call.Call) (*instance.Live, error) {
	live, err := c.Live(ctx)
	if !errors.Is(err, instance.ErrLost) || c.Stage != call.StageBuild {
		return live, err
	}
	gone := live
	live, err = OnNode(ctx, c, instance.Launch{}, c.BuildBackend(), gone.Launch.Progress.Since, func(l instance.Launch) (*instance.Live, error) {
		if l.Progress.Applied < len(c.Plan.Components) {
			return nil, fmt.Errorf("%w, and the node of its last component is no longer kept; start the build again", instance.ErrLost)
		}
		c.Printf("the machine of %s was lost; going on from the last node", gone.Row.ID)
		return c.Host.Renew(ctx, gone, c.BuildBackend(), l)
	})
	if err != nil || live.Launch.Continues {
		return live, err
	}
	return live, StartUp(ctx, c, live)
}
