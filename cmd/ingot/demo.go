package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ingot/internal/config"
	"ingot/internal/demo"
	"ingot/internal/store"
	"ingot/internal/wholefile"
)

func newDemo() *cobra.Command {
	c := &cobra.Command{
		Use: "demo", Short: "run the main job against a running server, through the official SDK", Args: cobra.NoArgs,
		Example: "  make demo",
	}
	region := regionFlag(c)
	summary := c.Flags().String("summary", "", "file that gets the summaries as JSON")
	c.RunE = withHost(func(c *cobra.Command, h *host, _ []string) error {
		keys, err := store.Keys(c.Context(), h.store.DB())
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return errors.New("there is no access key yet; `ingot serve` makes the first one")
		}
		width, _, err := term.GetSize(int(os.Stdout.Fd()))
		all, err := demo.Run(c.Context(), demo.Config{
			Endpoint: h.data.Endpoint(), Region: *region, AccessKey: keys[0].ID, SecretKey: keys[0].Secret, Logs: h.logs,
			Out: c.OutOrStdout(), Live: err == nil, Width: width, Disk: h.diskOf, Program: program(), Data: dataFlag(c),
		})
		if err != nil {
			return fmt.Errorf("the demo: %w", err)
		}
		if *summary == "" {
			return nil
		}
		text, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		return wholefile.Write(*summary, append(text, '\n'))
	})
	return c
}

// program returns the command that runs this program as the user who ran it: the data
// belongs to that user.
func program() string {
	if os.Getenv("SUDO_USER") != "" {
		return "sudo bin/ingot"
	}
	return "bin/ingot"
}

// dataFlag returns the option with which another command works on the same data.
func dataFlag(c *cobra.Command) string {
	data := string(dataOf(c))
	if data == config.DefaultData() {
		return ""
	}
	return " --data " + data
}

// diskOf returns the file of a machine image.
func (h *host) diskOf(ctx context.Context, region, id string) (demo.Disk, error) {
	a, err := store.AMIByID(ctx, h.store.DB(), region, id)
	if err != nil {
		return demo.Disk{}, fmt.Errorf("finding %s in %s: %w", id, region, err)
	}
	file, err := h.regions().Path(region, a.Digest)
	return demo.Disk{File: file, Digest: a.Digest, Size: a.Size}, err
}
