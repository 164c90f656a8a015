// Package blob keeps disks by their digest.
//
// A blob that Put has stored is on stable storage and never changes.
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

// ErrNotFound is returned for a digest that the store does not have.
var ErrNotFound = errors.New("there is no blob of this digest")

// Store keeps blobs. Every implementation passes the suite in blobtest.
type Store interface {
	// Put stores the file, whose digests are b. It does not replace an existing blob.
	Put(ctx context.Context, file string, b disk.Blocks) error
	// Fetch writes the blob to the file dst, which appears whole or not at all.
	Fetch(ctx context.Context, digest, dst string) error
	// Blocks returns the digests of a blob.
	Blocks(digest string) (*disk.Blocks, error)
	// List returns the digest of every blob.
	List(ctx context.Context) ([]string, error)
	// Delete removes a blob, if it is there.
	Delete(ctx context.Context, digest string) error
}
