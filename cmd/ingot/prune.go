package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ingot/internal/engine/prune"
)

// youngest is the age below which a file without a row is kept: a build may be about to
// write the row.
const youngest = time.Hour

func newPrune() *cobra.Command {
	c := &cobra.Command{
		Use: "prune", Short: "remove cached steps that are old, and disks that no machine image has", Args: cobra.NoArgs,
		Long: `Removes cached steps that no build used for a while, and disks that no machine image refers
to. Images and their disks are never touched: deregister a machine image first.`,
	}
	unused := c.Flags().Duration("unused", 7*24*time.Hour, "how long a cached step may be without use; 0 removes all")
	young := c.Flags().Duration("young", youngest, "files younger than this are left alone")
	free := c.Flags().Int64("min-free", 0, "GiB that shall be free afterwards: more recent steps go too, the longest unused first")
	c.RunE = withHost(func(c *cobra.Command, h *host, _ []string) error {
		dir, err := h.dir("nodes")
		if err != nil {
			return err
		}
		regions, err := h.regionNames()
		if err != nil {
			return err
		}
		r, err := prune.Run(c.Context(), prune.Config{
			Store: h.store, Host: h.id, Logs: h.logs, Nodes: dir, Regions: h.regions(), Names: regions, Unused: *unused, Young: *young,
			MinFree: *free << 30, Free: h.pool.Free,
		})
		fmt.Fprintf(c.OutOrStdout(), "removed %d cached steps, %d disks and %d logs; %.1f MiB came free\n", r.Nodes, r.Blobs, r.Logs, float64(r.Bytes)/(1<<20))
		return err
	})
	return c
}

// regionNames lists the regions that have disks.
func (h *host) regionNames() ([]string, error) {
	dir, err := h.dir("regions")
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}
