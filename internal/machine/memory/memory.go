// Package memory is a backend of machines for tests of the engine: a machine is a few
// goroutines of this process that speak the agent's protocol, have a disk file, and do
// nothing but what a test tells them.
//
// Like real machines they outlive the engine that started them: the folder of their
// backend and their token identify them in the whole process. If a test closes its engine
// and makes a new one with a new Backend on the same folder, the machines and their runs
// are still there.
package memory

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
)

// Config configures a backend. Every hook may be nil. A machine keeps the hooks of its
// launch. Their context ends when they are cancelled or the machine ends.
type Config struct {
	// Dir is the folder of the machines' folders, as of every backend.
	Dir string
	// Launch is called before a machine starts; the launch returns its error.
	Launch func(machine.Spec) error
	// Run executes a run, once per ID on one machine. The default is [Succeed].
	Run func(ctx context.Context, m *Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result
	// Exec executes a script. By default every script succeeds and prints nothing.
	Exec func(ctx context.Context, m *Machine, exec protocol.Exec, emit func(protocol.Event)) protocol.ExecResult
	// Fingerprint returns a hash of the metadata of paths. By default nothing ever
	// changes.
	Fingerprint func(m *Machine, paths []string) string
	// Agent, if it is set, serves a connection in key of the agent, as a hostile root
	// of a machine can.
	Agent func(ctx context.Context, m *Machine, conn net.Conn)
	// Snapshot is called before the disk is cloned; the snapshot returns its error.
	Snapshot func(m *Machine, dst string) error
}

// Backend makes machines of goroutines.
type Backend struct{ config Config }

// New returns a backend that also finds the machines of earlier ones on the same folder.
func New(c Config) *Backend {
	c.Dir = filepath.Clean(c.Dir)
	return &Backend{config: c}
}

// key identifies a machine in the process.
type key struct{ dir, token string }

var live = struct {
	sync.Mutex
	machines map[key]*Machine
}{machines: map[key]*Machine{}}

func (b *Backend) at(token string) key { return key{b.config.Dir, token} }

// Launch implements [machine.Backend].
func (b *Backend) Launch(ctx context.Context, spec machine.Spec) (machine.Machine, error) {
	if m := b.Machine(spec.Token); m != nil {
		return m, nil
	}
	if _, err := os.Stat(spec.Disk); err != nil {
		return nil, fmt.Errorf("launching %s: %w", spec.Token, err)
	}
	if b.config.Launch != nil {
		if err := b.config.Launch(spec); err != nil {
			return nil, fmt.Errorf("launching %s: %w", spec.Token, err)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	live.Lock()
	defer live.Unlock()
	if m := live.machines[b.at(spec.Token)]; m != nil && m.alive() {
		return m, nil
	}
	m := begin(b.config, spec)
	live.machines[b.at(spec.Token)] = m
	return m, nil
}

// Attach implements [machine.Backend].
func (b *Backend) Attach(_ context.Context, token string) (machine.Machine, error) {
	if m := b.Machine(token); m != nil {
		return m, nil
	}
	return nil, machine.ErrNotFound
}

// Machine returns the live machine that has the token, or nil.
func (b *Backend) Machine(token string) *Machine {
	live.Lock()
	defer live.Unlock()
	if m := live.machines[b.at(token)]; m != nil && m.alive() {
		return m
	}
	return nil
}

// Lose kills the machine as the end of its host or supervisor would, and leaves its
// folder.
func (b *Backend) Lose(token string) {
	if m := b.Machine(token); m != nil {
		m.End(machine.Exit{Kind: machine.Killed, Detail: "it was killed"})
	}
}

// Tokens returns the tokens of the machines, and of the folders that machines left.
func (b *Backend) Tokens(context.Context) ([]string, error) {
	found := map[string]bool{}
	entries, err := os.ReadDir(b.config.Dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, e := range entries {
		found[e.Name()] = true
	}
	live.Lock()
	defer live.Unlock()
	for at := range live.machines {
		if at.dir == b.config.Dir {
			found[at.token] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Destroy ends the machine and removes its folder.
func (b *Backend) Destroy(_ context.Context, token string) error {
	if m := b.Machine(token); m != nil {
		m.End(machine.Exit{Kind: machine.Killed, Detail: "it was destroyed"})
	}
	live.Lock()
	delete(live.machines, b.at(token))
	live.Unlock()
	return os.RemoveAll(filepath.Join(b.config.Dir, token))
}

// Spec returns what the machine was launched with.
func (m *Machine) Spec() machine.Spec { return m.spec }

// End ends the machine in the given way; only the first end counts.
func (m *Machine) End(exit machine.Exit) {
	m.once.Do(func() {
		exit.At = time.Now()
		m.exit = exit
		m.stop(&m.exit)
		close(m.ended)
	})
}

func (m *Machine) alive() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// Snapshot clones the disk file as it is.
func (m *Machine) Snapshot(ctx context.Context, dst string) error {
	if !m.alive() {
		return &m.exit
	}
	if m.config.Snapshot != nil {
		if err := m.config.Snapshot(m, dst); err != nil {
			return err
		}
	}
	return disk.Clone(ctx, m.spec.Disk, dst)
}

// Stop powers the machine off.
func (m *Machine) Stop(context.Context) error {
	m.End(machine.Exit{Kind: machine.PoweredOff})
	if m.exit.Kind != machine.PoweredOff {
		return &m.exit
	}
	return nil
}

// Wait waits until the machine has ended.
func (m *Machine) Wait(ctx context.Context) (machine.Exit, error) {
	select {
	case <-m.ended:
		return m.exit, nil
	case <-ctx.Done():
		return machine.Exit{}, context.Cause(ctx)
	}
}
