package nodes

import (
	"context"
	"errors"
	"path/filepath"

	"ingot/internal/engine/plan"
	"ingot/internal/filelock"
	"ingot/internal/store"
)

// ErrGone means that a node was removed after it was chosen.
var ErrGone = errors.New("the disk that the build was to begin with was removed meanwhile")

// Hold returns a function for the transaction that records a build's machine. It marks
// the nodes on the way to the point as used; from then on the machine's row protects
// them. Its error is [ErrGone] if one was removed: then the build has to choose again.
func (n *Nodes) Hold(p *plan.Plan, at Point, ds []Decision) func(context.Context, store.Querier) error {
	var keys []string
	for _, d := range ds[:at.Applied] {
		keys = append(keys, d.Node)
	}
	if at.Applied == 0 && at.Key != p.Parent.Digest {
		keys = append(keys, at.Key) // a root volume that was grown
	}
	return func(ctx context.Context, q store.Querier) error {
		for _, key := range keys {
			found, err := store.TouchNode(ctx, q, n.Host, p.Account, key)
			if err != nil {
				return err
			}
			if !found {
				return ErrGone
			}
		}
		return nil
	}
}

// WithLock calls do while no other process changes files of the folder and their rows.
// Without it, a process that removes an old node could remove the file of a new one.
func WithLock(dir string, do func() error) error {
	f, err := filelock.Take(filepath.Join(dir, ".lock"))
	if err != nil {
		return err
	}
	defer f.Close()
	return do()
}
