package step

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ingot"
	"ingot/internal/access"
	"ingot/internal/engine/assembly"
	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/places"
	"ingot/internal/store"
)

// launchInstance starts a machine: in the build stage on the furthest node that
// may be used, elsewhere on the image that the build produced.
type launchInstance struct{}

func (a launchInstance) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	if w, _ := c.Inputs["waitFor"].(string); w != "ssmAgent" {
		return outcome.Fault(ctx, errors.New("the input waitFor must be ssmAgent"))
	}
	live, err := a.launch(ctx, c)
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	if c.Stage == call.StageBuild && !live.Launch.Continues {
		if err := assembly.StartUp(ctx, c, live); err != nil {
			return outcome.Fault(ctx, err)
		}
	}
	return outcome.Done(map[string]any{"instanceId": live.Row.ID, "backend": live.Row.Backend, "instanceSize": live.Launch.Size.String()})
}

func (a launchInstance) launch(ctx context.Context, c *call.Call) (*instance.Live, error) {
	p := c.Plan
	row := store.Instance{
		Account: p.Account, Region: p.Region, ID: instance.ID(p.Image, c.Step, 0), ImageARN: p.Image,
		Stage: c.Stage, Kept: p.Machine.Keep || c.Stays, Created: store.Now(),
	}
	claim, choice, err := a.claim(ctx, c)
	if err != nil {
		return nil, err
	}
	if choice.Cut {
		c.Printf("%s is larger than this host allows; the instance gets %s", choice.Type, choice.Size)
	}
	l := instance.Launch{Hostname: hostname, Size: choice.Size, Promise: claim.Disk}
	start := func(l instance.Launch) (*instance.Live, error) { return c.Host.Start(ctx, row, l, c.Log) }
	if c.Stage == call.StageBuild {
		if err := a.mayStart(ctx, c); err != nil {
			return nil, err
		}
		if err := a.volumeFits(ctx, c); err != nil {
			return nil, err
		}
		row.Backend = c.BuildBackend()
		return assembly.OnNode(ctx, c, l, row.Backend, "", start)
	}
	if err := c.Nodes.CheckSpace(); err != nil {
		return nil, err
	}
	row.Backend = c.TestBackend
	image, err := a.image(ctx, c)
	if err != nil {
		return nil, err
	}
	if l.Base, err = c.Regions.Path(p.Region, image.Digest); err != nil {
		return nil, err
	}
	return start(l)
}

// image returns the machine image that the build has produced.
func (launchInstance) image(ctx context.Context, c *call.Call) (store.AMI, error) {
	image, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, c.ImageID)
	if err != nil {
		return image, fmt.Errorf("finding the machine image %s: %w", c.ImageID, err)
	}
	return image, nil
}

// mayStart checks again that the account may start the parent image, because it may no
// longer be shared. If the image belongs to the account or is managed, it may have been
// deregistered meanwhile: its disk stays while a build waits for it.
func (launchInstance) mayStart(ctx context.Context, c *call.Call) error {
	p := c.Plan.Parent
	_, _, err := access.May(ctx, c.Store.DB(), access.Launch, c.Plan.Account, p.Region, p.AMI)
	if !errors.Is(err, access.ErrHidden) {
		return err
	}
	switch p.Owner {
	case c.Plan.Account, ingot.OwnerManaged:
		return nil
	case "": // the plan of an older release has no owner
		if _, err := store.AMIByID(ctx, c.Store.DB(), p.Region, p.AMI); errors.Is(err, store.ErrNoRows) {
			return nil
		}
	}
	return fmt.Errorf("%w: it was deregistered or is no longer shared with account %s", access.NotFound(p.AMI), c.Plan.Account)
}

// volumeFits refuses a root volume that this host cannot hold, and one smaller than the
// parent image, in EC2's words.
func (launchInstance) volumeFits(ctx context.Context, c *call.Call) error {
	p := c.Plan
	if p.RootBytes >= p.Parent.Size {
		return c.Fits()
	}
	parent, err := store.AMIByID(ctx, c.Store.DB(), p.Region, p.Parent.AMI)
	if err != nil {
		return fmt.Errorf("finding the parent image %s: %w", p.Parent.AMI, err)
	}
	const gib = 1 << 30
	return fmt.Errorf("Volume of size %dGB is smaller than snapshot '%s', expect size >= %dGB; give the root device of the recipe a larger volumeSize",
		p.RootBytes/gib, parent.SnapshotID, (p.Parent.Size+gib-1)/gib)
}

// hostname is that of every instance. It must not change from build to build, because
// packages write it into files.
const hostname = "ingot"

// Place waits for the place of the instance, which keeps it until it is terminated.
func (a launchInstance) Place(ctx context.Context, c *call.Call) (waited bool, err error) {
	claim, _, err := a.claim(ctx, c)
	if err != nil {
		return false, err
	}
	err = c.Places.Take(ctx, claim, func(text string) {
		waited = true
		c.Printf("%s", text)
	})
	return waited, err
}

// claim returns what the instance of a call takes of this host. A build that has begun
// continues with what the host has, even if that is less than its type says, because it
// was accepted.
func (a launchInstance) claim(ctx context.Context, c *call.Call) (places.Claim, instance.Choice, error) {
	disk := call.RootSize(c.Plan)
	if c.Stage != call.StageBuild {
		image, err := a.image(ctx, c)
		if err != nil {
			return places.Claim{}, instance.Choice{}, err
		}
		disk = image.Size
	}
	claim, choice, err := c.Claim(c.Step, disk)
	if choice.Type != "" {
		err = nil
	}
	return claim, choice, err
}

// Undo terminates the instance unless it is to be kept for a person. After a cancellation
// it is not kept.
func (launchInstance) Undo(ctx context.Context, c *call.Call) error {
	id := instance.ID(c.Plan.Image, c.Step, 0)
	cancelled, err := store.CancelRequested(ctx, c.Store.DB(), c.Plan.Image)
	if err != nil {
		return err
	}
	_, err = store.InstanceByID(ctx, c.Store.DB(), c.Plan.Account, c.Plan.Region, id)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if err == nil && c.Plan.Machine.Keep && !cancelled {
		c.Printf("instance %s is kept (terminateInstanceOnFailure is false); `ingot machine shell %s` enters it, `ingot machine end %s` ends it", id, id, id)
		return nil
	}
	err = c.Host.Terminate(ctx, c.Plan.Account, c.Plan.Region, id)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
