package step

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/engine/instance"
	"ingot/internal/store"
)

// distributeImage stages a copy of the image in every region of the plan. The
// build's own region needs none. Each region stands alone: one that fails does not
// stop the others.
type distributeImage struct{}

// Distributed is what became of one region, as the three distribution actions
// hand it on.
type Distributed struct {
	Region       string `json:"region"`
	Name         string `json:"name"`
	AMIID        string `json:"amiId"`
	AccountID    string `json:"accountId"`
	DateStarted  string `json:"dateStarted"`
	DateStopped  string `json:"dateStopped"`
	Status       string `json:"status"` // Completed or Failed
	Step         string `json:"step"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

func (a distributeImage) Run(ctx context.Context, c *Call) Outcome {
	if c.Inputs["distributions"] != nil {
		return Fault(ctx, errors.New("the input distributions is not implemented yet; use the distribution configuration"))
	}
	source, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, c.ImageID)
	if err != nil {
		return Fault(ctx, fmt.Errorf("finding the machine image %s: %w", c.ImageID, err))
	}
	var all []Distributed
	var faults error
	for _, d := range c.Plan.Destinations {
		r := Distributed{Region: d.Region, Name: c.expand(d.Name), AccountID: c.Plan.Account,
			AMIID: AMIID(c.Plan.Image, d.Region), DateStarted: store.Now(), Status: "Completed", Step: "Completed"}
		if err := a.stage(ctx, c, source, d.Region, r); err != nil {
			r.Status, r.Step, r.ErrorMessage = "Failed", "CopyAmiRunning", err.Error()
			faults = errors.Join(faults, fmt.Errorf("distributing to %s: %w", d.Region, err))
		}
		r.DateStopped = store.Now()
		c.printf("%s: %s %s (%s)", r.Region, r.AMIID, r.Status, r.Name)
		all = append(all, r)
	}
	out := outputs(map[string]any{"distributedImages": all})
	if faults != nil {
		o := Fault(ctx, faults)
		o.Outputs = out
		return o
	}
	return Done(out)
}

// stage copies the bytes and writes the staged row of one region. A name that is
// taken leaves nothing staged there.
func (distributeImage) stage(ctx context.Context, c *Call, source store.AMI, region string, r Distributed) error {
	ami := source
	ami.Region, ami.ID, ami.Name = region, r.AMIID, r.Name
	if err := NameIsFree(ctx, c.Store.DB(), ami); err != nil {
		_, gone := store.DeleteAMI(ctx, c.Store.DB(), ami.Account, region, ami.ID)
		return errors.Join(err, gone)
	}
	if region == source.Region {
		return nil
	}
	if err := c.Regions.Copy(ctx, source.Region, region, source.Digest); err != nil {
		return err
	}
	for _, d := range c.Plan.Destinations {
		if d.Region == region {
			ami.Description, ami.Tags = c.expand(d.Description), c.amiTags(d.Tags)
		}
	}
	ami.SnapshotID = "snap-" + instance.Hex(17, r.AMIID)
	ami.SourceAMI, ami.SourceRegion = source.ID, source.Region
	return store.PutAMI(ctx, c.Store.DB(), ami)
}
