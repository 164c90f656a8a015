package qemu

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/network"
	"ingot/internal/machine/supervise"
)

// Tokens implements [machine.Backend].
func (b *Backend) Tokens(context.Context) ([]string, error) {
	return kind.Tokens(b.Dir)
}

// Destroy implements [machine.Backend]. It does nothing to a machine of another backend.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := supervise.Folder(b.Dir, token)
	if err != nil {
		return err
	}
	if kind.Foreign(dir) {
		return nil
	}
	if err := endSupervisor(ctx, dir); err != nil {
		return fmt.Errorf("ending machine %s: %w", token, err)
	}
	if err := release(ctx, dir); err != nil {
		return fmt.Errorf("removing machine %s: %w", token, err)
	}
	return os.RemoveAll(dir)
}

// release removes what the host still has of a machine that has ended.
func release(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	return errors.Join(cgroup.RemoveAll(kind.Key(dir)), leaveDisks(ctx, dir), network.Detach(kind.Key(dir)))
}

// leaveDisks unmounts everything below a folder and detaches the loop devices on files
// in it.
func leaveDisks(ctx context.Context, dir string) error {
	if err := supervise.UnmountBelow(ctx, dir); err != nil {
		return err
	}
	loops, err := disk.LoopsOn(dir)
	for i := range loops {
		err = errors.Join(err, loops[i].Detach())
	}
	return err
}

// endSupervisor kills QEMU through its supervisor, or both of them.
func endSupervisor(ctx context.Context, dir string) error {
	if !kind.Alive(dir) {
		return nil
	}
	if err := killThrough(ctx, dir); err == nil || ctx.Err() != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	return kind.End(ctx, dir)
}

// killThrough orders the supervisor to kill and waits until it has ended.
func killThrough(ctx context.Context, dir string) error {
	quick, cancelQuick := context.WithTimeout(ctx, supervise.OrderTime)
	defer cancelQuick()
	// A supervisor that still starts takes no orders yet.
	if err := kind.AwaitControl(quick, dir); err != nil && !errors.Is(err, machine.ErrNotFound) {
		return err
	}
	if err := command(quick, dir, orderKill); err != nil && !errors.Is(err, supervise.ErrGone) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	return kind.AwaitEnd(ctx, dir)
}
