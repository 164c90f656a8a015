package step

import "context"

// terminateInstance ends a machine and forgets it; one that is gone is no fault.
type terminateInstance struct{}

func (terminateInstance) Run(ctx context.Context, c *Call) Outcome {
	id, err := c.text("instanceId")
	if err == nil {
		err = c.Host.Terminate(ctx, c.Plan.Account, c.Plan.Region, id)
	}
	if err != nil {
		return Fault(ctx, err)
	}
	return Done(nil)
}
