package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// Boundary keeps the disk of a live instance as the node that m describes, with the
// fingerprint of its kernels and bootloader. It returns when the machine runs on. The
// function that it returns checks the copy, puts it on stable storage and writes its row;
// it may run beside the next component.
func (n *Nodes) Boundary(ctx context.Context, p *plan.Plan, live *instance.Live, m Made, kernel string) (put func() error, err error) {
	if err := n.CheckSpace(); err != nil {
		return nil, err
	}
	at := n.Now()
	if err := live.Agent.Sync(ctx); err != nil {
		return nil, fmt.Errorf("writing out the disk of %s: %w", live.Row.ID, err)
	}
	fresh := n.fresh(m.Key(), live) // a name of its own until it is checked
	if err := live.Machine.Snapshot(ctx, fresh); err != nil {
		return nil, fmt.Errorf("keeping the disk of %s: %w", live.Row.ID, err)
	}
	row := store.Node{Backend: live.Row.Backend, Kernel: kernel}
	return func() error { return n.checkAndPut(ctx, p, m, row, fresh, at) }, nil
}

func (n *Nodes) fresh(key string, live *instance.Live) string {
	return n.Path(key) + "." + live.Row.Token
}

// StoreUnrecorded stores a node that an earlier process cloned and did not record. It
// does nothing if there is no clone.
func (n *Nodes) StoreUnrecorded(ctx context.Context, p *plan.Plan, live *instance.Live, m Made) error {
	fresh := n.fresh(m.Key(), live)
	if !exists(fresh) {
		return nil
	}
	return n.checkAndPut(ctx, p, m, store.Node{Backend: live.Row.Backend}, fresh, n.Now())
}

// StoreDisk stores the disk of an instance whose machine has stopped as a node.
func (n *Nodes) StoreDisk(ctx context.Context, p *plan.Plan, live *instance.Live, m Made, stopped string) error {
	if err := n.CheckSpace(); err != nil {
		return err
	}
	fresh := n.fresh(m.Key(), live)
	if err := disk.Clone(ctx, stopped, fresh); err != nil {
		return err
	}
	return n.checkAndPut(ctx, p, m, store.Node{Backend: live.Row.Backend}, fresh, n.Now())
}

// ErrDamaged means that a copy of a disk is not whole.
var ErrDamaged = errors.New("the copy is not whole")

// checkAndPut checks a disk, renames it to its place and writes its row last.
func (n *Nodes) checkAndPut(ctx context.Context, p *plan.Plan, m Made, row store.Node, fresh string, at time.Time) error {
	err := disk.Release(ctx, fresh)
	if err == nil {
		err = disk.Check(ctx, fresh)
	}
	if err != nil {
		os.Remove(fresh)
		if ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return fmt.Errorf("checking the disk after %s: %w", m.Name, err)
	}
	return n.put(ctx, p, m, row, fresh, at)
}
