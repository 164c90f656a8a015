package step

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// modifyImageAttributes sets the launch permissions of the staged images.
type modifyImageAttributes struct{}

func (modifyImageAttributes) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	if c.Inputs["attributes"] != nil {
		return outcome.Fault(ctx, errors.New("the input attributes is not implemented yet; use the distribution configuration"))
	}
	all, err := distributed(c)
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	for i, r := range all {
		all[i].DateStarted = store.Now()
		for _, d := range c.Plan.Destinations {
			if d.Region != r.Region {
				continue
			}
			if err := store.SetPermissions(ctx, c.Store.DB(), r.AccountID, r.Region, r.AMIID, d.Permissions); err != nil {
				return outcome.Fault(ctx, fmt.Errorf("setting the launch permissions of %s in %s: %w", r.AMIID, r.Region, err))
			}
			c.Printf("%s: %s has %d launch permissions", r.Region, r.AMIID, len(d.Permissions))
		}
		all[i].DateStopped = store.Now()
	}
	return outcome.Done(outcome.Outputs(map[string]any{"modifiedImages": all}))
}
