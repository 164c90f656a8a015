package step

import (
	"context"

	"ingot/internal/engine/assembly"
	"ingot/internal/engine/call"
	"ingot/internal/engine/command"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/script"
)

// sanitizeInstance cleans the machine before it becomes an image.
type sanitizeInstance struct{}

func (sanitizeInstance) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	var out string
	err := assembly.Lasting(ctx, c, func(live *instance.Live) (err error) {
		out, err = sanitize(ctx, c, live)
		return err
	})
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	return outcome.Done(map[string]any{"runCommandId": c.Step, "status": "Success", "output": out})
}

// sanitize runs the clean-up on an instance and records that.
func sanitize(ctx context.Context, c *call.Call, live *instance.Live) (out string, err error) {
	if err := command.Script(ctx, c, live, "sanitize", script.Sanitize(c.Plan.WorkDir), &out); err != nil {
		return out, err
	}
	live.Launch.Progress.Cleaned = true
	return out, c.Host.Record(ctx, live)
}
