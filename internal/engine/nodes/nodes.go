// Package nodes decides from which cached step a build starts, and stores the steps that
// it makes.
//
// The key of a node is a hash of everything that made it and of nothing that changes
// by itself, so that a build whose first steps are known starts after them:
//
//	parent digest → (grown to 4 GiB) → component 1 → component 2 → …
//
// The rows of nodes are in the store; their disks are files named by key. The first disk
// is that before any component: the parent image, or a clone of it that was grown to the
// recipe's size.
//
// Terms:
//
//   - node: a cached step: a disk and how it came to be.
//   - point: a place on the way of a build: so many components applied, this disk.
//   - decision: whether one component is taken from the cache or run, and why, in words
//     for people.
package nodes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// Nodes is the folder of node disks with their rows.
type Nodes struct {
	Store *store.Store
	Host  string // id of this host, in the rows of its nodes
	Dir   string
	Now   func() time.Time
	// CheckSpace returns a sentence for the user if there is too little space to
	// continue.
	CheckSpace func() error
	// Fits returns a sentence for the user if a disk of so many bytes is too large for
	// this host.
	Fits func(bytes int64) error
	// Sync puts what was written on stable storage.
	Sync func() error

	making sync.Map // mutexes of the first disks that are being made, by key
}

// Point is a place on the way of a build.
type Point struct {
	Key     string // of the node, or the digest of the parent image
	Path    string // of the disk
	Applied int    // components in it
	Created string // when it was made; empty for an image
	Backend string // that made it; empty for an image
	Kernel  string // fingerprint of kernels and bootloader, as that backend sees them; may be empty
	Own     bool   // made by this build
}

// Path is the disk file of a node.
func (n *Nodes) Path(key string) string { return filepath.Join(n.Dir, key+".raw") }

// FirstDisk returns the disk that components are applied to. parent is the disk file of
// the plan's parent image.
func (n *Nodes) FirstDisk(ctx context.Context, p *plan.Plan, parent string) (Point, error) {
	first := Point{Key: p.Parent.Digest, Path: parent}
	if p.RootBytes <= p.Parent.Size {
		return first, nil
	}
	made := grown(p)
	larger := Point{Key: made.Key(), Path: n.Path(made.Key())}
	defer n.lockKey(larger.Key)() // a caller that waited finds the disk that the other made
	_, err := store.NodeByKey(ctx, n.Store.DB(), n.Host, p.Account, larger.Key)
	if err == nil && exists(larger.Path) {
		return larger, nil
	}
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return Point{}, err
	}
	part, err := n.grow(ctx, first.Path, larger.Path, p.RootBytes)
	defer os.Remove(part)
	if err == nil {
		err = n.put(ctx, p, made, store.Node{}, part, n.Now())
	}
	if err != nil {
		return Point{}, fmt.Errorf("growing the root volume to %d bytes: %w", p.RootBytes, err)
	}
	return larger, nil
}

// FirstKey returns the key of the first disk without making it.
func (n *Nodes) FirstKey(p *plan.Plan) string {
	if p.RootBytes <= p.Parent.Size {
		return p.Parent.Digest
	}
	return grown(p).Key()
}

// lockKey lets one build at a time make the first disk with this key.
func (n *Nodes) lockKey(key string) (leave func()) {
	m, _ := n.making.LoadOrStore(key, new(sync.Mutex))
	mutex := m.(*sync.Mutex)
	mutex.Lock()
	return mutex.Unlock
}

// grow makes a larger copy of a parent beside file, and returns its name.
func (n *Nodes) grow(ctx context.Context, parent, file string, size int64) (part string, err error) {
	if err := n.CheckSpace(); err != nil {
		return "", err
	}
	part = file + "." + rand.Text() + ".grow" // a new name: a loop device may still be on an earlier one
	if err := disk.Clone(ctx, parent, part); err != nil {
		return part, err
	}
	if err := disk.Grow(ctx, part, size); err != nil {
		return part, err
	}
	return part, disk.Check(ctx, part)
}

// put renames a checked disk to its place and writes its row; row has what is not in m.
func (n *Nodes) put(ctx context.Context, p *plan.Plan, m Made, row store.Node, checked string, at time.Time) error {
	row.Account, row.Key, row.Parent, row.ImageARN, row.MadeFrom = p.Account, m.Key(), m.Parent, p.Image, m.JSON()
	row.Host, row.Created = n.Host, store.Timestamp(at)
	row.Used = row.Created
	return WithLock(n.Dir, func() error {
		if err := os.Rename(checked, n.Path(row.Key)); err != nil {
			return err
		}
		if err := n.Sync(); err != nil {
			return err
		}
		return store.PutNode(ctx, n.Store.DB(), row)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
