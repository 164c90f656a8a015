package step

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"ingot/internal/engine/instance"
	"ingot/internal/store"
)

// createImage seals the machine's disk: it is powered off, checked, digested and
// put into the blob store of the build's region, and the machine image is staged.
type createImage struct{}

func (a createImage) Run(ctx context.Context, c *Call) Outcome {
	id := AMIID(c.Plan.Image, c.Plan.Region)
	if _, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, id); err == nil {
		return Done(map[string]any{"imageId": id}) // an earlier call came this far
	}
	live, err := c.sealable(ctx)
	if err != nil {
		return Fault(ctx, err)
	}
	if err := live.Machine.Stop(ctx); err != nil {
		return Fault(ctx, fmt.Errorf("stopping instance %s: %w", live.Row.ID, err))
	}
	digest, size, err := c.Regions.Seal(ctx, c.Plan.Region, c.Host.DiskOf(live.Row.Token), c.Plan.Parent.Digest)
	if err != nil {
		return Fault(ctx, fmt.Errorf("sealing the disk of instance %s: %w", live.Row.ID, err))
	}
	ami := a.ami(c, id, digest, size)
	if err := store.PutAMI(ctx, c.Store.DB(), ami); err != nil {
		return Fault(ctx, err)
	}
	c.printf("sealed and stored as %s: %d bytes, %s", id, size, digest)
	return Done(map[string]any{"imageId": id, "digest": digest, "size": size})
}

func (createImage) ami(c *Call, id, digest string, size int64) store.AMI {
	own := c.Plan.Destinations[0]
	now := store.Now()
	return store.AMI{
		Account: c.Plan.Account, Region: c.Plan.Region, ID: id, ImageARN: c.Plan.Image,
		Name: c.expand(own.Name), Description: c.expand(own.Description), Digest: digest,
		SnapshotID: "snap-" + instance.Hex(17, id), Size: size, Architecture: architecture(),
		RootDevice: "/dev/xvda", BootMode: "uefi-preferred", Tags: c.amiTags(own.Tags), Created: now, Staged: true,
	}
}

// AMIID is the id of the machine image that a build makes in a region.
func AMIID(image, region string) string { return "ami-" + instance.Hex(17, image, region) }

func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// liveInstance is an instance with its machine.
type liveInstance = *instance.Live

// whole re-attaches to the build instance. If its machine was lost after the
// components had run, another one takes its place on the last node.
func (c *Call) whole(ctx context.Context) (liveInstance, error) {
	live, err := c.live(ctx)
	if !errors.Is(err, instance.ErrLost) || c.Stage != StageBuild {
		return live, err
	}
	l, err := c.start(ctx, instance.Launch{}, live.Launch.Progress.Since)
	if err != nil {
		return nil, err
	}
	if l.Progress.Applied < len(c.Plan.Components) {
		return nil, fmt.Errorf("%w, and the node of its last component is no longer kept; start the build again", instance.ErrLost)
	}
	c.printf("the machine of %s was lost; going on from the last node", live.Row.ID)
	return c.Host.Renew(ctx, live, live.Row.Backend, l)
}

// sealable is whole, with the clean-up done again if the machine is a new one.
func (c *Call) sealable(ctx context.Context) (liveInstance, error) {
	before, err := c.live(ctx)
	if err == nil || !errors.Is(err, instance.ErrLost) {
		return before, err
	}
	live, err := c.whole(ctx)
	if err != nil {
		return nil, err
	}
	_, err = c.sanitize(ctx, live)
	return live, err
}
