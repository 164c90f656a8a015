package step

import (
	"context"

	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
)

// terminateInstance terminates an instance. It is not an error if that is gone already.
type terminateInstance struct{}

func (terminateInstance) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	id, err := c.Text("instanceId")
	if err == nil {
		err = c.Host.Terminate(ctx, c.Plan.Account, c.Plan.Region, id)
	}
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	return outcome.Done(nil)
}
