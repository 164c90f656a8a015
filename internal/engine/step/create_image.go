package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/engine/instance"
	"ingot/internal/store"
)

// createImage seals the machine's disk: it is powered off, rid of device nodes, checked,
// digested and put into the blob store of the build's region, and the machine image is staged.
type createImage struct{}

func (a createImage) Run(ctx context.Context, c *Call) Outcome {
	id := AMIID(c.Plan.Image, c.Plan.Region)
	if _, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, id); err == nil {
		return Done(map[string]any{"imageId": id}) // an earlier call came this far
	}
	ami := a.ami(c, id)
	if err := NameIsFree(ctx, c.Store.DB(), ami); err != nil {
		return Fault(ctx, err)
	}
	file, err := a.stop(ctx, c)
	if err != nil {
		return Fault(ctx, err)
	}
	if err := a.withoutNodes(ctx, c, file); err != nil {
		return Fault(ctx, err)
	}
	began := time.Now()
	traits, err := disk.Inspect(ctx, file)
	if err != nil {
		return Fault(ctx, fmt.Errorf("reading what the disk was made for: %w", err))
	}
	ami.Architecture, ami.BootMode = cmp.Or(traits.Architecture, disk.HostArchitecture()), traits.BootMode
	ami.Digest, ami.Size, err = c.Regions.Seal(ctx, c.Plan.Region, file, c.Plan.Parent.Digest)
	if err != nil {
		return Fault(ctx, fmt.Errorf("sealing the disk: %w", err))
	}
	if err := store.PutAMI(ctx, c.Store.DB(), ami); err != nil {
		return Fault(ctx, err)
	}
	c.printf("sealed and stored as %s in %.2f s: %d bytes, %s", id, time.Since(began).Seconds(), ami.Size, ami.Digest)
	return Done(map[string]any{"imageId": id, "digest": ami.Digest, "size": ami.Size})
}

// stop powers the machine off in order and gives its disk.
func (createImage) stop(ctx context.Context, c *Call) (file string, err error) {
	before, err := c.live(ctx)
	if before == nil {
		return "", err
	}
	if file = c.Host.DiskOf(before.Row.Token); before.Launch.Progress.Stopped && exists(file) {
		return file, nil // by an earlier call
	}
	err = c.lasting(ctx, func(live liveInstance) error {
		if before.Launch.Progress.Cleaned && !live.Launch.Progress.Cleaned { // a new machine
			if _, err := c.sanitize(ctx, live); err != nil {
				return err
			}
		}
		if err := live.Machine.Stop(ctx); err != nil {
			return fmt.Errorf("stopping instance %s: %w", live.Row.ID, err)
		}
		file, live.Launch.Progress.Stopped = c.Host.DiskOf(live.Row.Token), true
		return c.Host.Record(ctx, live)
	})
	return file, err
}

// withoutNodes removes device nodes from the disk and says which they were. A disk that
// may have some still becomes no image.
func (createImage) withoutNodes(ctx context.Context, c *Call, file string) error {
	if c.RemoveNodes == nil {
		return nil
	}
	n, err := c.RemoveNodes(ctx, file)
	if n.Found > 0 {
		c.printf("the disk had %d device nodes outside /dev, which an image must not bring; %d were removed", n.Found, n.Found-n.Left)
	}
	for _, name := range n.Named {
		c.printf("  %q", name)
	}
	if more := n.Found - len(n.Named); more > 0 {
		c.printf("  and %d more", more)
	}
	switch {
	case err != nil:
		return err
	case n.Unseen:
		return errors.New("the disk has more folders than are looked through for device nodes, which an image must not bring; have the components remove some of the folders")
	case n.Left > 0:
		return fmt.Errorf("%d device nodes outside /dev could not be removed from the disk, and an image must not bring them; the log names them; have the components remove them, after chattr -i where they or their folders are immutable", n.Left)
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func (createImage) ami(c *Call, id string) store.AMI {
	own := c.Plan.Destinations[0]
	return store.AMI{
		Account: c.Plan.Account, Region: c.Plan.Region, ID: id, ImageARN: c.Plan.Image,
		Name: c.expand(own.Name), Description: c.expand(own.Description),
		SnapshotID: "snap-" + instance.Hex(17, id), RootDevice: "/dev/xvda",
		Tags: c.amiTags(own.Tags), Created: store.Now(), Staged: true,
	}
}

// AMIID is the id of the machine image that a build makes in a region.
func AMIID(image, region string) string { return "ami-" + instance.Hex(17, image, region) }
