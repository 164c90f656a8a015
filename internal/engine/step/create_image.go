package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/engine/ami"
	"ingot/internal/engine/assembly"
	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// createImage seals the machine's disk: it is powered off, rid of device nodes, checked,
// digested and put into the blob store of the build's region, and the machine image is staged.
type createImage struct{}

func (a createImage) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	id := ami.ID(c.Plan.Image, c.Plan.Region)
	if _, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, id); err == nil {
		return outcome.Done(map[string]any{"imageId": id}) // made by an earlier call
	}
	row := a.row(c, id)
	if err := ami.NameIsFree(ctx, c.Store.DB(), row); err != nil {
		return outcome.Fault(ctx, err)
	}
	file, err := a.stop(ctx, c)
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	if err := a.withoutNodes(ctx, c, file); err != nil {
		return outcome.Fault(ctx, err)
	}
	began := time.Now()
	traits, err := disk.Inspect(ctx, file)
	if err != nil {
		return outcome.Fault(ctx, fmt.Errorf("reading what the disk was made for: %w", err))
	}
	row.Architecture, row.BootMode = cmp.Or(traits.Architecture, disk.HostArchitecture()), traits.BootMode
	row.Digest, row.Size, err = c.Regions.Seal(ctx, c.Plan.Region, file, c.Plan.Parent.Digest)
	if err != nil {
		return outcome.Fault(ctx, fmt.Errorf("sealing the disk: %w", err))
	}
	if err := store.PutAMI(ctx, c.Store.DB(), row); err != nil {
		return outcome.Fault(ctx, err)
	}
	c.Printf("sealed and stored as %s in %.2f s: %d bytes, %s", id, time.Since(began).Seconds(), row.Size, row.Digest)
	return outcome.Done(map[string]any{"imageId": id, "digest": row.Digest, "size": row.Size})
}

// stop powers the machine off in order and returns its disk.
func (createImage) stop(ctx context.Context, c *call.Call) (file string, err error) {
	before, err := c.Live(ctx)
	if before == nil {
		return "", err
	}
	if file = c.Host.DiskOf(before.Row.Token); before.Launch.Progress.Stopped && exists(file) {
		return file, nil // by an earlier call
	}
	err = assembly.Lasting(ctx, c, func(live *instance.Live) error {
		if before.Launch.Progress.Cleaned && !live.Launch.Progress.Cleaned { // a new machine
			if _, err := sanitize(ctx, c, live); err != nil {
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

// withoutNodes removes device nodes from the disk and logs them. It returns an error if
// the disk may still have some.
func (createImage) withoutNodes(ctx context.Context, c *call.Call, file string) error {
	if c.RemoveNodes == nil {
		return nil
	}
	n, err := c.RemoveNodes(ctx, file)
	if n.Found > 0 {
		c.Printf("the disk had %d device nodes outside /dev, which an image must not bring; %d were removed", n.Found, n.Found-n.Left)
	}
	for _, name := range n.Named {
		c.Printf("  %q", name)
	}
	if more := n.Found - len(n.Named); more > 0 {
		c.Printf("  and %d more", more)
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

func (createImage) row(c *call.Call, id string) store.AMI {
	own := c.Plan.Destinations[0]
	return store.AMI{
		Account: c.Plan.Account, Region: c.Plan.Region, ID: id, ImageARN: c.Plan.Image,
		Name: ami.Text(c.Plan, own.Name), Description: ami.Text(c.Plan, own.Description),
		SnapshotID: ami.SnapshotID(id), RootDevice: "/dev/xvda",
		Tags: ami.Tags(c.Plan, own.Tags), Created: store.Now(), Staged: true,
	}
}
