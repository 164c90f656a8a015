package assembly

import (
	"context"
	"encoding/json"
	"errors"

	"ingot/internal/engine/call"
	"ingot/internal/engine/command"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/script"
)

// OnNode calls begin with the furthest node that may be used, and again with another if
// that node was removed meanwhile.
func OnNode(ctx context.Context, c *call.Call, l instance.Launch, backend, since string, begin func(instance.Launch) (*instance.Live, error)) (*instance.Live, error) {
	for {
		from, err := start(ctx, c, l, backend, since)
		if err != nil {
			return nil, err
		}
		live, err := begin(from)
		if !errors.Is(err, nodes.ErrGone) {
			return live, err
		}
		c.Printf("%v; choosing again", err)
	}
}

// start fills in the furthest point from which a build may start on a backend; see
// [nodes.Nodes.Longest] for since.
func start(ctx context.Context, c *call.Call, l instance.Launch, backend, since string) (instance.Launch, error) {
	if err := c.Nodes.CheckSpace(); err != nil {
		return l, err
	}
	at, decisions, err := walk(ctx, c, since)
	if err != nil {
		return l, err
	}
	l.Base, l.Continues = at.Path, at.Applied > 0
	l.Hold = c.Nodes.Hold(c.Plan, at, decisions)
	l.Progress = instance.Progress{Applied: at.Applied, Key: at.Key, Since: since}
	if at.Backend == backend {
		l.Progress.Kernel = at.Kernel
	}
	l.Progress.Decisions, err = json.Marshal(decisions)
	if at.Applied > 0 {
		c.Printf("starting after component %d of %d, on a disk made %s", at.Applied, len(c.Plan.Components), at.Created)
	}
	return l, err
}

// walk finds the first and the furthest point of the plan.
func walk(ctx context.Context, c *call.Call, since string) (nodes.Point, []nodes.Decision, error) {
	file, err := c.Regions.Path(c.Plan.Parent.Region, c.Plan.Parent.Digest)
	if err != nil {
		return nodes.Point{}, nil, err
	}
	first, err := c.Nodes.FirstDisk(ctx, c.Plan, file)
	if err != nil {
		return nodes.Point{}, nil, err
	}
	return c.Nodes.Longest(ctx, c.Plan, first, since)
}

// StartUp runs the recipe's start-up script, or one that does what the service's does.
func StartUp(ctx context.Context, c *call.Call, live *instance.Live) error {
	text := c.Plan.UserData
	if text == "" {
		text = script.StartUp(c.Plan.WorkDir)
	}
	return command.Script(ctx, c, live, "start-up", text, nil)
}
