package qemu

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/wholefile"
)

// maxFrozen bounds a freeze, after which the agent thaws by itself. A clone takes
// milliseconds if blocks are shared, and seconds if they are copied.
const maxFrozen = 60 * time.Second

// Snapshot copies the disk while the machine runs.
func (m *Machine) Snapshot(ctx context.Context, dst string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	part := filepath.Join(m.dir, "qemu.snapshot")
	defer os.Remove(part)
	if err := m.cloneFrozen(ctx, part); err != nil {
		return fmt.Errorf("taking a snapshot of machine %s: %w", m.id.Token, err)
	}
	if err := uninstall(ctx, part, filepath.Join(m.dir, mountDir)); err != nil {
		return fmt.Errorf("cleaning a snapshot of machine %s: %w", m.id.Token, err)
	}
	if err := wholefile.Sync(part); err != nil {
		return err
	}
	if err := os.Rename(part, dst); errors.Is(err, unix.EXDEV) {
		return disk.Clone(ctx, part, dst)
	} else if err != nil {
		return err
	}
	return wholefile.Sync(filepath.Dir(dst))
}

// cloneFrozen clones the disk while the guest's file systems are frozen.
func (m *Machine) cloneFrozen(ctx context.Context, dst string) error {
	paths, err := m.fileSystems()
	if err != nil {
		return err
	}
	agent := m.snapshotAgent()
	defer agent.Close()
	if err := agent.Sync(ctx); err != nil {
		return err
	}
	began := time.Now()
	for i, p := range paths {
		if err := agent.Freeze(ctx, p, maxFrozen); err != nil {
			return errors.Join(err, thaw(ctx, agent, paths[:i]))
		}
	}
	cctx, cancel := context.WithDeadline(ctx, began.Add(maxFrozen))
	defer cancel()
	err = disk.Clone(cctx, m.id.Disk, dst)
	took := time.Since(began)
	if err := errors.Join(err, thaw(ctx, agent, paths)); err != nil {
		return err
	}
	if took >= maxFrozen {
		return fmt.Errorf("the copy took longer than the %v that the guest stands still", maxFrozen)
	}
	return nil
}

// thaw ends a freeze even if ctx has ended.
func thaw(ctx context.Context, agent *client.Client, paths []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxFrozen)
	defer cancel()
	var all error
	for i := len(paths) - 1; i >= 0; i-- {
		all = errors.Join(all, agent.Thaw(ctx, paths[i]))
	}
	return all
}

// fileSystems returns the file systems to freeze, the root last, because the agent itself
// writes there.
func (m *Machine) fileSystems() ([]string, error) {
	l, err := disk.Read(m.id.Disk)
	if err != nil {
		return nil, err
	}
	if l.Boot != nil {
		return []string{"/boot", "/"}, nil
	}
	return []string{"/"}, nil
}

func (m *Machine) snapshotAgent() *client.Client {
	c := client.New(func(ctx context.Context) (net.Conn, error) { return m.dial(ctx, orderSnapshot) })
	c.Patience = maxFrozen
	return c
}

// askToPowerOff makes the agent power the system off, if it answers.
func (m *Machine) askToPowerOff(ctx context.Context) {
	agent := m.snapshotAgent()
	defer agent.Close()
	_, _ = agent.Exec(ctx, protocol.Exec{ID: "poweroff", Script: "systemctl poweroff || poweroff"}, nil) // Wait shows the result
}
