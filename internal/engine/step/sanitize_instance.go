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
	live, err := c.whole(ctx)
	if err != nil {
		return Fault(ctx, err)
	}
	out, err := c.sanitize(ctx, live)
	if err != nil {
		return Fault(ctx, err)
	}
	return Done(map[string]any{"runCommandId": c.Step, "status": "Success", "output": out})
}

func (c *Call) sanitize(ctx context.Context, live liveInstance) (out string, err error) {
	script := "WORKDIR=" + shellQuote(c.Plan.WorkDir) + "\n" + sanitizeScript
	return out, c.exec(ctx, live, "sanitize", script, &out)
}
