package step

import (
	"context"
	"errors"

	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
)

// applyImageConfigurations applies what a distribution configuration asks for beside
// copies and permissions. A plan with any of that is refused when the build is requested,
// so there is nothing to apply to the images that are passed on.
type applyImageConfigurations struct{}

func (applyImageConfigurations) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	if c.Inputs["configurations"] != nil {
		return outcome.Fault(ctx, errors.New("the input configurations is not implemented yet"))
	}
	all, err := distributed(c)
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	return outcome.Done(outcome.Outputs(map[string]any{"configuredImages": all}))
}
