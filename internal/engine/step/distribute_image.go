package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ingot/internal/engine/ami"
	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// distributeImage stages a copy of the image in every region of the plan. The build's own
// region needs none. A region that fails does not stop the others.
type distributeImage struct{}

// Distributed is the result of one region, as the three distribution actions pass it on.
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

func (a distributeImage) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	if c.Inputs["distributions"] != nil {
		return outcome.Fault(ctx, errors.New("the input distributions is not implemented yet; use the distribution configuration"))
	}
	source, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, c.ImageID)
	if err != nil {
		return outcome.Fault(ctx, fmt.Errorf("finding the machine image %s: %w", c.ImageID, err))
	}
	var all []Distributed
	var faults error
	for _, d := range c.Plan.Destinations {
		r := Distributed{Region: d.Region, Name: ami.Text(c.Plan, d.Name), AccountID: c.Plan.Account,
			AMIID: ami.ID(c.Plan.Image, d.Region), DateStarted: store.Now(), Status: "Completed", Step: "Completed"}
		if err := a.stage(ctx, c, source, d.Region, r); err != nil {
			r.Status, r.Step, r.ErrorMessage = "Failed", "CopyAmiRunning", err.Error()
			faults = errors.Join(faults, fmt.Errorf("distributing to %s: %w", d.Region, err))
		}
		r.DateStopped = store.Now()
		c.Printf("%s: %s %s (%s)", r.Region, r.AMIID, r.Status, r.Name)
		all = append(all, r)
	}
	out := outcome.Outputs(map[string]any{"distributedImages": all})
	if faults != nil {
		o := outcome.Fault(ctx, faults)
		o.Outputs = out
		return o
	}
	return outcome.Done(out)
}

// stage copies the bytes and writes the staged row of one region. A name that is
// taken leaves nothing staged there.
func (distributeImage) stage(ctx context.Context, c *call.Call, source store.AMI, region string, r Distributed) error {
	row := source
	row.Region, row.ID, row.Name = region, r.AMIID, r.Name
	if err := ami.NameIsFree(ctx, c.Store.DB(), row); err != nil {
		_, gone := store.DeleteAMI(ctx, c.Store.DB(), row.Account, region, row.ID)
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
			row.Description, row.Tags = ami.Text(c.Plan, d.Description), ami.Tags(c.Plan, d.Tags)
		}
	}
	row.SnapshotID = ami.SnapshotID(r.AMIID)
	row.SourceAMI, row.SourceRegion = source.ID, source.Region
	return store.PutAMI(ctx, c.Store.DB(), row)
}

// distributed reads the input distributedImages.
func distributed(c *call.Call) ([]Distributed, error) {
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
