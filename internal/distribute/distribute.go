// Package distribute copies the bytes of images to the regions that use them.
//
// A region has its own blob store, so the image of one region does not depend on that
// of another. On one file system a copy shares its blocks with the source and takes no
// space.
//
// Terms:
//
//   - seal: to check a machine's disk, digest it and put it into a region, whole and on
//     stable storage.
package distribute

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/disk"
)

// Regions are the blob stores of all regions.
type Regions struct {
	// Open returns the store of a region, which it makes if needed.
	Open func(region string) (*blob.Local, error)
	// Sync puts what was written on stable storage.
	Sync func() error
}

// Path returns the disk file with a digest in a region.
func (r Regions) Path(region, digest string) (string, error) {
	s, err := r.Open(region)
	if err != nil {
		return "", err
	}
	return s.Path(digest)
}

// Seal checks a disk that no machine uses and stores it. Blocks that it shares with the
// parent image are not digested again. It returns the digest of the disk and its size
// in bytes.
func (r Regions) Seal(ctx context.Context, region, file, parent string) (digest string, size int64, err error) {
	s, err := r.Open(region)
	if err != nil {
		return "", 0, err
	}
	known, err := s.Blocks(parent)
	if err != nil {
		known = nil // the parent is in another region: every block is read
	}
	blocks, err := checkAndDigest(ctx, file, known)
	if err != nil {
		return "", 0, err
	}
	if err := s.Put(ctx, file, blocks); err != nil {
		return "", 0, err
	}
	return blocks.Digest, blocks.Size, r.Sync()
}

// checkAndDigest does both at the same time: each only reads the disk.
func checkAndDigest(ctx context.Context, file string, known *disk.Blocks) (disk.Blocks, error) {
	var blocks disk.Blocks
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return disk.Check(ctx, file) })
	g.Go(func() error {
		var err error
		if blocks, err = disk.Digest(ctx, file, known); err != nil {
			return fmt.Errorf("digesting the disk: %w", err)
		}
		return nil
	})
	err := g.Wait()
	return blocks, err
}

// Copy copies a disk from one region to another.
func (r Regions) Copy(ctx context.Context, from, to, digest string) error {
	source, err := r.Open(from)
	if err != nil {
		return err
	}
	target, err := r.Open(to)
	if err != nil {
		return err
	}
	blocks, err := source.Blocks(digest)
	if err != nil {
		return err
	}
	file, err := source.Path(digest)
	if err != nil {
		return err
	}
	if err := target.Put(ctx, file, *blocks); err != nil {
		return err
	}
	return r.Sync()
}
