package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ingot"
	"ingot/internal/access"
	"ingot/internal/artifact/disk"
	"ingot/internal/engine/why"
	"ingot/internal/service"
	"ingot/internal/store"
	"ingot/internal/visible"
)

func newImage() *cobra.Command {
	c := &cobra.Command{
		Use: "image", Short: "machine images of this host",
		Long: `Works with the machine images of this host, of all accounts and regions. These commands act
for the person who runs the host, who can read the disks anyway.`,
	}
	c.AddCommand(newImageList(), newImagePull(), newImageImport(), newImageExport(), newImageVerify(), newImageRun(), newImageWhy(), newImageWho(), newImageRemove())
	return c
}

// withHost runs a command on the open data directory.
func withHost(run func(c *cobra.Command, h *host, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) (err error) {
		h, err := openHost(c.Context(), dataOf(c), false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, h.Close()) }()
		return run(c, h, args)
	}
}

func newImageList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the machine images of all regions", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := openStore(c.Context(), dataOf(c))
			if err != nil {
				return err
			}
			defer s.Close()
			all, err := store.AllAMIs(c.Context(), s.DB())
			if err != nil {
				return err
			}
			return printAMIs(c.OutOrStdout(), all)
		},
	}
}

func printAMIs(w io.Writer, all []store.AMI) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REGION\tAMI\tOWNER\tCREATED\tGIB\tNAME\tIMAGE")
	for _, a := range all {
		if !a.Staged {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.0f\t%s\t%s\n", a.Region, a.ID, a.Account, a.Created, float64(a.Size)/(1<<30), visible.Line(a.Name), a.ImageARN)
		}
	}
	return t.Flush()
}

// findAMI finds a machine image by its id, in any region, whoever owns it: export, run
// and verify act for the operator of the host.
func (h *host) findAMI(ctx context.Context, id string) (store.AMI, string, error) {
	a, err := access.ForOperator(ctx, h.store.DB(), id)
	if err != nil {
		return a, "", unknownAMI(id, err)
	}
	file, err := h.regions().Path(a.Region, a.Digest)
	return a, file, err
}

func newImageExport() *cobra.Command {
	c := &cobra.Command{
		Use: "export AMI", Short: "write the disk of a machine image to a file", Args: cobra.ExactArgs(1),
		Long: `Verifies the disk of a machine image and writes it to a file. It acts for the person who runs
the host: it exports images of all accounts.`,
		Example: "  ingot image export ami-0123456789abcdef0 --format qcow2 -o web.qcow2",
	}
	format := c.Flags().String("format", "raw", "raw or qcow2")
	output := c.Flags().StringP("output", "o", "", "file to write")
	force := c.Flags().Bool("force", false, "overwrite an existing file")
	_ = c.MarkFlagRequired("output") // it exists
	c.RunE = withHost(func(c *cobra.Command, h *host, args []string) error {
		if err := mayWrite(*output, *force); err != nil {
			return err
		}
		a, file, err := h.findAMI(c.Context(), args[0])
		if err != nil {
			return err
		}
		if err := h.verify(c.Context(), a); err != nil {
			return err
		}
		err = disk.Export(c.Context(), file, *output, *format, *force)
		if errors.Is(err, fs.ErrExist) {
			return isThere(*output)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s is the disk of %s as %s\n", *output, args[0], *format)
		return nil
	})
	return c
}

// mayWrite refuses an existing file unless over is set, and always what is not a file:
// it would be replaced.
func mayWrite(path string, over bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file: name a file with -o", path)
	case !over:
		return isThere(path)
	}
	return nil
}

func isThere(path string) error {
	return fmt.Errorf("%s already exists: name another file with -o, or overwrite it with --force", path)
}

func newImageVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify [AMI…]", Short: "read the disks of machine images and compare them with their digests (no AMI: all)",
		Long: `Reads the disks of machine images, without an AMI of all, and compares them with their digests.
A digest is the SHA-256 of the list of the SHA-256 of each 512 KiB of the disk, not that of the
whole file, which sha256sum prints. It acts for the person who runs the host: it reads images of
all accounts.`,
		RunE: withHost(func(c *cobra.Command, h *host, args []string) error {
			all, err := store.AllAMIs(c.Context(), h.store.DB())
			if err != nil {
				return err
			}
			wanted := map[string]bool{}
			for _, id := range args {
				if _, _, err := h.findAMI(c.Context(), id); err != nil {
					return err
				}
				wanted[id] = true
			}
			var faults []error
			for _, a := range all {
				if len(wanted) > 0 && !wanted[a.ID] {
					continue
				}
				if err := h.verify(c.Context(), a); err != nil {
					faults = append(faults, fmt.Errorf("%s in %s: %w", a.ID, a.Region, err))
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s  ok\n", a.Region, a.ID, a.Digest)
			}
			return errors.Join(faults...)
		}),
	}
}

func (h *host) verify(ctx context.Context, a store.AMI) error {
	blobs, err := h.regions().Open(a.Region)
	if err != nil {
		return err
	}
	blocks, err := blobs.Blocks(a.Digest)
	if err != nil {
		return err
	}
	return disk.Verify(ctx, blocks.File, blocks)
}

func newImageRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ARN…", Short: "remove images that were pulled or imported, with their machine images", Args: cobra.MinimumNArgs(1),
		Long: `Removes images that were pulled or imported, with their machine images. An image that
a recipe names is kept. The next prune removes the disks that nothing else has. Images that
were built here are removed through the API.`,
		RunE: withHost(func(c *cobra.Command, h *host, args []string) error {
			for _, arn := range args {
				var gone []store.AMI
				err := h.store.Update(c.Context(), func(tx *store.Tx) (err error) {
					gone, err = service.RemoveRegisteredImage(c.Context(), tx, arn)
					return err
				})
				if fault := (*ingot.Error)(nil); errors.As(err, &fault) {
					return errors.New(fault.Message)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s is removed, with %d machine images; `ingot prune` frees what only they had\n", arn, len(gone))
			}
			return nil
		}),
	}
}

func newImageWhy() *cobra.Command {
	c := &cobra.Command{Use: "why ARN", Short: "say how each component got into an image", Args: cobra.ExactArgs(1)}
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := openStore(c.Context(), dataOf(c))
		if err != nil {
			return err
		}
		defer s.Close()
		report, err := why.Of(c.Context(), s.DB(), args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(report)
		}
		return report.Print(c.OutOrStdout())
	}
	return c
}
