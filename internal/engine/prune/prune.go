// Package prune removes what nothing needs any more: cached steps that are old or
// too many, and blobs that no machine image refers to.
//
// A row goes before its file, so that what a killed process leaves is a file
// without a row, which the next run removes.
package prune

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/distribute"
	"ingot/internal/store"
)

// Config says what to prune.
type Config struct {
	Store   *store.Store
	Nodes   string // folder of node disks
	Regions distribute.Regions
	Names   []string // regions that have blobs
	// Unused is how long a node may be without use before it goes; 0 removes all.
	Unused time.Duration
	// Young is the age below which a blob is left alone even if nothing refers to it:
	// a build may be about to.
	Young time.Duration
}

// Removed is what was pruned.
type Removed struct {
	Nodes, Blobs int
	Bytes        int64 // that the files had of their own, before blocks were shared
}

// Run prunes.
func Run(ctx context.Context, c Config) (Removed, error) {
	var r Removed
	return r, errors.Join(c.nodes(ctx, &r), c.strays(ctx, &r), c.blobs(ctx, &r))
}

// nodes removes nodes that were not used for long, but never one that a build under
// way made or started from.
func (c Config) nodes(ctx context.Context, r *Removed) error {
	busy, err := c.busy(ctx)
	if err != nil {
		return err
	}
	all, err := store.Nodes(ctx, c.Store.DB())
	if err != nil {
		return err
	}
	before := store.Timestamp(time.Now().Add(-c.Unused))
	for _, n := range all {
		if n.Used > before || busy[n.ImageARN] || len(busy) > 0 && n.Used > store.Timestamp(time.Now().Add(-time.Hour)) {
			continue
		}
		if err := store.DeleteNode(ctx, c.Store.DB(), n.Account, n.Key); err != nil {
			return err
		}
		r.Nodes++
	}
	return nil
}

// busy are the images that builds work on.
func (c Config) busy(ctx context.Context) (map[string]bool, error) {
	all, err := store.UnfinishedImages(ctx, c.Store.DB())
	busy := map[string]bool{}
	for _, arn := range all {
		busy[arn] = true
	}
	return busy, err
}

// strays removes node files that have no row.
func (c Config) strays(ctx context.Context, r *Removed) error {
	all, err := store.Nodes(ctx, c.Store.DB())
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, n := range all {
		known[n.Key] = true
	}
	files, err := filepath.Glob(filepath.Join(c.Nodes, "*.raw"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if known[strings.TrimSuffix(filepath.Base(f), ".raw")] || c.fresh(f) {
			continue
		}
		r.Bytes += used(f)
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fresh says that a file may belong to something that is being made. A node's file
// is in place a moment before its row.
func (c Config) fresh(file string) bool {
	info, err := os.Stat(file)
	return err == nil && time.Since(info.ModTime()) < c.Young
}

// blobs removes blobs that no machine image has.
func (c Config) blobs(ctx context.Context, r *Removed) error {
	amis, err := store.AllAMIs(ctx, c.Store.DB())
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, a := range amis {
		needed[a.Region+" "+a.Digest] = true
	}
	for _, region := range c.Names {
		s, err := c.Regions.Open(region)
		if err != nil {
			return err
		}
		all, err := s.List(ctx)
		if err != nil {
			return err
		}
		for _, digest := range all {
			file, err := s.Path(digest)
			if err != nil || needed[region+" "+digest] || c.fresh(file) {
				continue
			}
			r.Bytes += used(file)
			if err := s.Delete(ctx, digest); err != nil {
				return fmt.Errorf("removing a blob of %s: %w", region, err)
			}
			r.Blobs++
		}
	}
	return nil
}

// used is how much a file takes, blocks that it shares included.
func used(file string) int64 {
	var st unix.Stat_t
	if unix.Stat(file, &st) != nil {
		return 0
	}
	return st.Blocks * 512
}
