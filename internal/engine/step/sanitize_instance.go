package step

import (
	"context"
	_ "embed"
)

// sanitizeInstance cleans the machine before it becomes an image.
type sanitizeInstance struct{}

// The clean-up of Linux machines; see docs/differences.md for what it adds.
//
//go:embed sanitize.sh
var sanitizeScript string

func (sanitizeInstance) Run(ctx context.Context, c *Call) Outcome {
	var out string
	err := c.lasting(ctx, func(live liveInstance) (err error) {
		out, err = c.sanitize(ctx, live)
		return err
	})
	if err != nil {
		return Fault(ctx, err)
	}
	return Done(map[string]any{"runCommandId": c.Step, "status": "Success", "output": out})
}

func (c *Call) sanitize(ctx context.Context, live liveInstance) (out string, err error) {
	script := "ROOT=\nWORKDIR=" + shellQuote(c.Plan.WorkDir) + "\n" + sanitizeScript
	if err := c.exec(ctx, live, "sanitize", script, &out); err != nil {
		return out, err
	}
	live.Launch.Progress.Cleaned = true
	return out, c.Host.Record(ctx, live)
}
