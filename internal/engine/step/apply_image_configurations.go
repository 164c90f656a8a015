package step

import (
	"context"
	"errors"
)

// applyImageConfigurations applies what a distribution configuration asks for
// beside copies and permissions. A plan with any of that is refused when the build
// is accepted, so there is nothing to apply to the images that are handed on.
type applyImageConfigurations struct{}

func (applyImageConfigurations) Run(ctx context.Context, c *Call) Outcome {
	if c.Inputs["configurations"] != nil {
		return Fault(ctx, errors.New("the input configurations is not implemented yet"))
	}
	all, err := c.distributed()
	if err != nil {
		return Fault(ctx, err)
	}
	return Done(outputs(map[string]any{"configuredImages": all}))
}
