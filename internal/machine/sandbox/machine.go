package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"ingot/internal/filesystem"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/freezer"
	"ingot/internal/machine/supervise"
)

// Machine is one sandbox.
type Machine struct {
	dir    string
	id     identity
	helper []string
}

var (
	_ machine.Machine      = (*Machine)(nil)
	_ machine.Consoler     = (*Machine)(nil)
	_ machine.MemoryTeller = (*Machine)(nil)
	_ machine.TaskTeller   = (*Machine)(nil)

	// The interface by which cmd/ingot opens a shell.
	_ interface {
		DialShell(context.Context) (net.Conn, error)
	} = (*Machine)(nil)
)

// Console returns the path of the console's file.
func (m *Machine) Console() string { return filepath.Join(m.dir, consoleFile) }

// Dial connects to the agent as soon as it listens.
func (m *Machine) Dial(ctx context.Context) (net.Conn, error) {
	for {
		conn, err := supervise.Dial(ctx, filepath.Join(m.dir, runDir), agentSocket)
		if err == nil {
			return conn, nil
		}
		if !kind.Alive(m.dir) {
			exit, err := kind.Exit(m.dir)
			return nil, errors.Join(err, &exit)
		}
		if err := supervise.Pause(ctx); err != nil {
			return nil, err
		}
	}
}

// DialShell connects to the agent's socket for shells, see package shell. It does not
// wait: the socket exists as soon as the agent answers. For an agent of a release without
// shells the error is an [fs.ErrNotExist].
func (m *Machine) DialShell(ctx context.Context) (net.Conn, error) {
	return supervise.Dial(ctx, filepath.Join(m.dir, runDir), shellSocket)
}

// Wait waits until the machine has ended.
func (m *Machine) Wait(ctx context.Context) (machine.Exit, error) {
	if err := kind.Await(ctx, m.dir, supervise.Watch); err != nil {
		return machine.Exit{}, err
	}
	return kind.Exit(m.dir)
}

// Stop powers the machine off, and kills it if that takes until ctx ends.
func (m *Machine) Stop(ctx context.Context) error {
	if err := thawLeftOver(ctx, m.dir); err != nil {
		return err
	}
	if err := kind.Await(ctx, m.dir, orderStop); err != nil && ctx.Err() == nil {
		return err
	}
	if kind.Alive(m.dir) {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), supervise.KillTime)
		defer cancel()
		if err := kind.Await(bounded, m.dir, orderKill); err != nil {
			return fmt.Errorf("killing machine %s: %w", m.id.Token, err)
		}
	}
	exit, err := kind.Exit(m.dir)
	if err != nil {
		return err
	}
	if exit.Kind != machine.PoweredOff {
		return &exit
	}
	return nil
}

// Snapshot copies the disk while the machine runs. A process of its own freezes and
// thaws, so that the machine is thawed even if this process is killed.
func (m *Machine) Snapshot(ctx context.Context, dst string) error {
	lock, err := awaitLock(ctx, filepath.Join(m.dir, freezeFile))
	if err != nil {
		return fmt.Errorf("copying the disk of machine %s: %w", m.id.Token, err)
	}
	defer lock.Close()
	mount, err := mountOf(ctx, m.dir)
	if err != nil {
		exit, lerr := kind.Exit(m.dir)
		return errors.Join(err, lerr, &exit)
	}
	defer mount.Close()
	argv := append(append([]string{}, m.helper...), "freezer", freezer.Mount, m.id.Disk, dst)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{lock, mount} // the lock is held until the helper ends
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		return errors.Join(fmt.Errorf("copying the disk of machine %s: %w: %s", m.id.Token, err, strings.TrimSpace(out.String())), filesystem.Thaw(mount))
	}
	return nil
}

// OutOfMemory implements [machine.MemoryTeller].
func (m *Machine) OutOfMemory() bool { return cgroup.OutOfMemory(kind.Key(m.dir)) }

// OutOfTasks implements [machine.TaskTeller].
func (m *Machine) OutOfTasks() int {
	if !cgroup.OutOfTasks(kind.Key(m.dir)) {
		return 0
	}
	return m.id.Tasks
}
