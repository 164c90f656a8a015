package qemu

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"ingot/internal/machine"
	"ingot/internal/machine/supervise"
	"ingot/internal/wholefile"
)

// Machine is a virtual machine under its supervisor.
type Machine struct {
	dir string
	id  identity
	mu  sync.Mutex // held while the disk is copied or cleaned
}

var (
	_ machine.Machine  = (*Machine)(nil)
	_ machine.Consoler = (*Machine)(nil)
)

// Console returns the file of the serial console.
func (m *Machine) Console() string { return filepath.Join(m.dir, consoleFile) }

// Accelerator returns what runs the machine: kvm or tcg.
func (m *Machine) Accelerator() string { return m.id.Accelerator }

// Dial connects to the agent as soon as it listens.
func (m *Machine) Dial(ctx context.Context) (net.Conn, error) { return m.dial(ctx, orderAgent) }

func (m *Machine) dial(ctx context.Context, port string) (net.Conn, error) {
	conn, err := await(ctx, m.dir, port)
	if err == nil || !errors.Is(err, supervise.ErrGone) {
		return conn, err
	}
	// The supervisor may be ending, or was just replaced.
	exit, werr := m.Wait(ctx)
	if werr != nil {
		return nil, werr
	}
	return nil, &exit
}

// Wait waits until the machine has ended.
func (m *Machine) Wait(ctx context.Context) (machine.Exit, error) {
	if err := kind.Await(ctx, m.dir, orderWatch); err != nil {
		return machine.Exit{}, err
	}
	return kind.Exit(m.dir)
}

// press is the time between presses of the power button, which a system that is still
// starting ignores.
const press = 5 * time.Second

// Stop powers the machine off and cleans its disk.
func (m *Machine) Stop(ctx context.Context) error {
	exit, err := m.powerOff(ctx)
	if err != nil {
		return err
	}
	err = m.clean(ctx)
	if exit.Kind == machine.PoweredOff {
		return err
	}
	if err != nil {
		return errors.Join(&exit, err)
	}
	return &exit
}

// clean removes the agent from the disk of a machine that is off, and replays the journal
// of one that was killed. A guest may have made the disk so that the check takes long; a
// caller that cancels does not wait for it, and discards the disk.
func (m *Machine) clean(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := release(context.WithoutCancel(ctx), m.dir); err != nil {
		return fmt.Errorf("cleaning up after machine %s: %w", m.id.Token, err)
	}
	ctx, stop := untilCancelled(ctx)
	defer stop()
	if err := uninstall(ctx, m.id.Disk, filepath.Join(m.dir, mountDir)); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		return fmt.Errorf("cleaning the disk of machine %s: %w", m.id.Token, err)
	}
	return wholefile.Sync(m.id.Disk)
}

// untilCancelled returns a context that ends when ctx is cancelled, but not at its
// deadline.
func untilCancelled(ctx context.Context) (context.Context, func()) {
	still, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel(context.Cause(ctx))
		}
	})
	return still, func() { forget(); cancel(nil) }
}

// powerOff presses the power button until the machine has ended, and kills it when
// ctx ends.
func (m *Machine) powerOff(ctx context.Context) (machine.Exit, error) {
	for presses := 1; ; presses++ {
		if err := command(ctx, m.dir, orderPowerdown); err != nil && !errors.Is(err, supervise.ErrGone) && ctx.Err() == nil {
			return machine.Exit{}, fmt.Errorf("powering machine %s off: %w", m.id.Token, err)
		}
		wait, cancel := context.WithTimeout(ctx, press)
		if presses > 1 {
			m.askToPowerOff(wait) // it may ignore the power button
		}
		exit, err := m.Wait(wait)
		cancel()
		if err == nil {
			return exit, nil
		}
		if ctx.Err() != nil {
			return m.kill()
		}
	}
}

func (m *Machine) kill() (machine.Exit, error) {
	ctx, cancel := context.WithTimeout(context.Background(), supervise.KillTime)
	defer cancel()
	if err := command(ctx, m.dir, orderKill); err != nil && !errors.Is(err, supervise.ErrGone) {
		return machine.Exit{}, fmt.Errorf("killing machine %s: %w", m.id.Token, err)
	}
	exit, err := m.Wait(ctx)
	if err == nil && exit.Kind == machine.Killed {
		exit.Detail = "the system inside did not power off in time, so the machine was killed"
	}
	return exit, err
}
