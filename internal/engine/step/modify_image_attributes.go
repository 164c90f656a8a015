package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ingot/internal/store"
)

// modifyImageAttributes sets the launch permissions of the staged images.
type modifyImageAttributes struct{}

func (modifyImageAttributes) Run(ctx context.Context, c *Call) Outcome {
	if c.Inputs["attributes"] != nil {
		return Fault(ctx, errors.New("the input attributes is not implemented yet; use the distribution configuration"))
	}
	all, err := c.distributed()
	if err != nil {
		return Fault(ctx, err)
	}
	for i, r := range all {
		all[i].DateStarted = store.Now()
		for _, d := range c.Plan.Destinations {
			if d.Region != r.Region {
				continue
			}
			if err := store.SetPermissions(ctx, c.Store.DB(), r.AccountID, r.Region, r.AMIID, d.Permissions); err != nil {
				return Fault(ctx, fmt.Errorf("setting the launch permissions of %s in %s: %w", r.AMIID, r.Region, err))
			}
			c.printf("%s: %s has %d launch permissions", r.Region, r.AMIID, len(d.Permissions))
		}
		all[i].DateStopped = store.Now()
	}
	return Done(outputs(map[string]any{"modifiedImages": all}))
}

// distributed reads the input distributedImages.
func (c *Call) distributed() ([]Distributed, error) {
	text, err := json.Marshal(c.Inputs["distributedImages"])
	if err != nil {
		return nil, err
	}
	var all []Distributed
	if err := json.Unmarshal(text, &all); err != nil || len(all) == 0 {
		return nil, fmt.Errorf("the input distributedImages of step %s is missing", c.Name)
	}
	return all, nil
}
