package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent"
	"ingot/internal/service"
	"ingot/internal/store"
)

func newImagePull() *cobra.Command {
	c := &cobra.Command{
		Use: "pull NAME", Short: "make a parent image from a distribution's packages", Args: cobra.ExactArgs(1),
		Example: "  ingot image pull debian-12",
	}
	region := regionFlag(c)
	again := c.Flags().Bool("again", false, "make a new build of it even if there is one")
	ready := c.Flags().String("disk", "", "raw disk of this parent that was made before, instead of the packages")
	c.RunE = withHost(func(c *cobra.Command, h *host, args []string) error {
		p, err := parent.Find(args[0])
		if err != nil {
			return err
		}
		if have, err := h.managed(c.Context(), *region, p); err != nil || (have != nil && !*again) {
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%s is there already: %s (--again makes a new one)\n", p.Name, have.Arn)
			}
			return err
		}
		return h.bring(c.Context(), *region, c.OutOrStdout(), func(ctx context.Context, file, work string, progress func(string)) error {
			if *ready != "" {
				return disk.Import(ctx, *ready, file, h.pool.Takes)
			}
			return parent.Pull(ctx, p, file, work, progress)
		}, func(tx *store.Tx, e service.Registration) (*imagebuilder.Image, error) {
			e.Name, e.Version, e.OSVersion = p.ImageName, p.Version, p.OS
			e.Description = p.OS + " for EC2 and QEMU, made from its packages"
			return service.RegisterManagedImage(c.Context(), tx, *region, e)
		})
	})
	return c
}

// managed returns the newest build of a managed parent image, or nil.
func (h *host) managed(ctx context.Context, region string, p parent.Parent) (*imagebuilder.Image, error) {
	all, err := store.ImagesNamed(ctx, h.store.DB(), ingot.OwnerManaged, region, ingot.Slug(p.ImageName))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func newImageImport() *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE", Short: "register a Linux disk, raw or qcow2, as an image of an account", Args: cobra.ExactArgs(1),
		Long: `Registers a disk with an ext4 root: alone, or on a GPT with an EFI system partition and a
separate /boot. Other layouts are refused by name. It prints the ARN, which can be the
parentImage of a recipe.`,
	}
	region := regionFlag(c)
	account := c.Flags().String("account", firstAccount, "account that owns the image")
	name := c.Flags().String("name", "", "name of the image")
	version := c.Flags().String("image-version", "1.0.0", "version of the image")
	os := c.Flags().String("os-version", "", "operating system, as images show it")
	_ = c.MarkFlagRequired("name") // it exists
	c.RunE = withHost(func(c *cobra.Command, h *host, args []string) error {
		if !accountForm.MatchString(*account) {
			return fmt.Errorf("an account has 12 digits, %q has not", *account)
		}
		return h.bring(c.Context(), *region, c.OutOrStdout(), func(ctx context.Context, file, _ string, progress func(string)) error {
			progress("reading " + args[0])
			return disk.Import(ctx, args[0], file, h.pool.Takes)
		}, func(tx *store.Tx, e service.Registration) (*imagebuilder.Image, error) {
			e.Name, e.Version, e.OSVersion = *name, *version, *os
			return service.RegisterImportedImage(c.Context(), tx, *account, *region, e)
		})
	})
	return c
}

// bring makes a disk, stores it in the region's blobs and registers it. Until the row
// is written nothing of it is visible.
func (h *host) bring(ctx context.Context, region string, out io.Writer,
	fill func(ctx context.Context, file, work string, progress func(string)) error,
	register func(*store.Tx, service.Registration) (*imagebuilder.Image, error),
) error {
	if err := h.pool.CheckSpace(); err != nil {
		return err
	}
	tmp, err := h.dir("tmp")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(tmp, "bring-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "disk.raw")
	began := time.Now()
	progress := func(what string) { fmt.Fprintf(out, "%5.1f s  %s\n", time.Since(began).Seconds(), what) }
	if err := h.withSpace(ctx, func(ctx context.Context) error { return fill(ctx, file, work, progress) }); err != nil {
		return err
	}
	e, err := h.keep(ctx, region, file, progress)
	if err != nil {
		return err
	}
	var image *imagebuilder.Image
	err = h.store.Update(ctx, func(tx *store.Tx) (err error) {
		image, err = register(tx, e)
		return err
	})
	var fault *ingot.Error
	if errors.As(err, &fault) {
		return errors.New(fault.Message)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is %s in %s\n", image.Arn, image.OutputResources.Amis[0].Image, region)
	return nil
}

// lookForSpace is how often free space is checked while a disk is written.
const lookForSpace = 300 * time.Millisecond

// withSpace calls do, which writes a disk, and lets the pool grow meanwhile. If no
// space is left it ends do before running builds are affected.
func (h *host) withSpace(ctx context.Context, do func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		t := time.NewTicker(lookForSpace)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			if err := h.pool.CheckSpace(); err != nil {
				stop(err)
			}
		}
	}()
	err := do(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	stop(nil)
	<-watched
	return err
}

// keep checks, digests and stores a disk.
func (h *host) keep(ctx context.Context, region, file string, progress func(string)) (service.Registration, error) {
	progress("checking and digesting the disk")
	traits, err := disk.Inspect(ctx, file)
	if err != nil {
		return service.Registration{}, err
	}
	e := service.Registration{Architecture: cmp.Or(traits.Architecture, disk.HostArchitecture()), BootMode: traits.BootMode}
	e.Digest, e.Size, err = h.regions().Seal(ctx, region, file, "")
	return e, err
}
