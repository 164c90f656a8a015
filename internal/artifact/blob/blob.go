// Package blob keeps disks by their digest.
//
// A store is a place for blobs. What Put has accepted is on stable storage and never
// changes.
//
// Terms:
//
//   - blob: the whole content of a disk; its name is the digest of its blocks, so two
//     equal disks are one blob.
package blob

import (
	"context"
	"errors"

	"ingot/internal/artifact/disk"
)

// ErrNotFound is the answer for a digest that the store does not have.
var ErrNotFound = errors.New("there is no blob of this digest")

// Store keeps blobs. Every implementation passes the suite in blobtest.
type Store interface {
	// Put stores the file, whose digests are b. A blob that is there is left alone.
	Put(ctx context.Context, file string, b disk.Blocks) error
	// Fetch writes the blob to the file dst, which appears whole or not at all.
	Fetch(ctx context.Context, digest, dst string) error
	// Blocks gives the digests of a blob.
	Blocks(digest string) (*disk.Blocks, error)
	// List names every blob.
	List(ctx context.Context) ([]string, error)
	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, digest string) error
}
