// Package prune removes what is no longer needed: cached steps that are old or whose
// space is wanted, blobs that no machine image refers to, logs of images that were
// deleted.
//
// A row is deleted before its file, so that a killed process leaves a file without a row,
// which the next run removes.
package prune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot"
	"ingot/internal/distribute"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

// Config says what to prune.
type Config struct {
	Store   *store.Store
	Host    string         // id of this host; rows of other hosts stay
	Logs    *imagelog.Logs // may be nil
	Nodes   string         // folder of node disks
	Regions distribute.Regions
	Names   []string // regions that have blobs
	// Unused is how long a node may be unused before it is removed; 0 removes all.
	Unused time.Duration
	// MinFree is how much space is wanted. While Free returns less, more recently used
	// nodes are removed too, the longest unused first.
	MinFree int64
	Free    func() (int64, error) // may be nil
	// Young is the age below which a blob stays even if nothing refers to it: a build may
	// be about to.
	Young time.Duration
}

// Removed is what was pruned.
type Removed struct {
	Nodes, Blobs, Logs int
	Bytes              int64 // that came free; without Free, the size of the files
}

// Run prunes. It removes nothing that a running build made or needs.
func Run(ctx context.Context, c Config) (r Removed, err error) {
	before, err := c.free()
	if err != nil {
		return r, err
	}
	err = errors.Join(c.nodes(ctx, &r), c.strays(ctx, &r), c.blobs(ctx, &r), c.logs(ctx, &r))
	if c.Free != nil {
		synced := c.Regions.Sync() // until then the space of removed files may not be free
		after, late := c.free()
		r.Bytes, err = max(0, after-before), errors.Join(err, synced, late)
	}
	return r, err
}

func (c Config) free() (int64, error) {
	if c.Free == nil {
		return 0, nil
	}
	return c.Free()
}

// nodes removes nodes that were not used for long, or whose space is wanted. The store
// lists the longest unused first. The nodes of running builds are read after that list,
// and a node that a build chooses later is protected by its use.
func (c Config) nodes(ctx context.Context, r *Removed) error {
	all, err := store.Nodes(ctx, c.Store.DB(), c.Host)
	if err != nil {
		return err
	}
	busy, err := c.busy(ctx)
	if err != nil {
		return err
	}
	before := store.Timestamp(time.Now().Add(-c.Unused))
	for _, n := range all {
		if busy.images[n.ImageARN] || busy.nodes[n.Key] {
			continue
		}
		if n.Used > before {
			if free, err := c.free(); err != nil || c.Free == nil || free >= c.MinFree {
				return err
			}
		}
		if err := c.remove(ctx, n, r); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a node unless its row has changed since it was read: a build that
// chooses a node marks it as used in the transaction that records its machine.
func (c Config) remove(ctx context.Context, n store.Node, r *Removed) error {
	return nodes.WithLock(c.Nodes, func() error {
		gone, err := store.DeleteNode(ctx, c.Store.DB(), n)
		if err != nil || !gone {
			return err
		}
		r.Nodes++
		file := filepath.Join(c.Nodes, n.Key+".raw")
		r.Bytes += used(file)
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	})
}

// work is what running builds use.
type work struct {
	images map[string]bool // ARNs
	nodes  map[string]bool // keys
	files  map[string]bool // disks that machines began with
	blobs  map[string]bool // that builds start from, "region digest"
}

func (c Config) busy(ctx context.Context) (*work, error) {
	s := c.Store
	b := &work{images: map[string]bool{}, nodes: map[string]bool{}, files: map[string]bool{}, blobs: map[string]bool{}}
	images, err := store.ImagesInProgress(ctx, s.DB())
	if err != nil {
		return nil, err
	}
	for _, arn := range images {
		b.images[arn] = true
	}
	parents, err := store.ParentsInUse(ctx, s.DB())
	if err != nil {
		return nil, err
	}
	for _, p := range parents {
		b.blobs[p] = true
	}
	instances, err := store.Instances(ctx, s.DB(), c.Host)
	if err != nil {
		return nil, err
	}
	for _, i := range instances {
		if err := b.add(i); err != nil {
			return nil, fmt.Errorf("reading how instance %s was launched: %w", i.ID, err)
		}
	}
	return b, nil
}

// add notes what an instance may continue from.
func (b *work) add(i store.Instance) error {
	var l instance.Launch
	if err := json.Unmarshal([]byte(i.Launch), &l); err != nil {
		return err
	}
	b.files[l.Base] = true
	b.nodes[l.Progress.Key] = true
	b.nodes[strings.TrimSuffix(filepath.Base(l.Base), ".raw")] = true
	var decisions []nodes.Decision
	if len(l.Progress.Decisions) > 0 {
		if err := json.Unmarshal(l.Progress.Decisions, &decisions); err != nil {
			return err
		}
	}
	for _, d := range decisions {
		b.nodes[d.Node] = true
	}
	return nil
}

// strays removes node files that have no row.
func (c Config) strays(ctx context.Context, r *Removed) error {
	return nodes.WithLock(c.Nodes, func() error {
		all, err := store.Nodes(ctx, c.Store.DB(), c.Host)
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
	})
}

// fresh reports whether a file may belong to something that is being made. A node's file
// is in place a moment before its row.
func (c Config) fresh(file string) bool {
	info, err := os.Stat(file)
	return err == nil && time.Since(info.ModTime()) < c.Young
}

// blobs removes blobs that no machine image has. The parents of builds are read last: a
// build that is accepted meanwhile starts from a machine image that existed before.
func (c Config) blobs(ctx context.Context, r *Removed) error {
	amis, err := store.AllAMIs(ctx, c.Store.DB())
	if err != nil {
		return err
	}
	busy, err := c.busy(ctx)
	if err != nil {
		return err
	}
	needed := maps.Clone(busy.blobs)
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
			if err != nil || needed[region+" "+digest] || busy.files[file] || c.fresh(file) {
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

// logs removes the logs of images that were deleted.
func (c Config) logs(ctx context.Context, r *Removed) error {
	if c.Logs == nil {
		return nil
	}
	n, bytes, err := c.Logs.Sweep(func(a ingot.ARN) (bool, error) {
		_, err := store.ImageByARN(ctx, c.Store.DB(), a.String())
		if errors.Is(err, store.ErrNoRows) {
			return true, nil
		}
		return false, err
	})
	r.Logs, r.Bytes = n, r.Bytes+bytes
	return err
}

// used returns the size of a file's blocks in bytes, shared ones included.
func used(file string) int64 {
	var st unix.Stat_t
	if unix.Stat(file, &st) != nil {
		return 0
	}
	return st.Blocks * 512
}
