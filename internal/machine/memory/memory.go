// Package memory is a backend of machines for tests of the engine: a machine is
// a few goroutines of this process that speak the agent's protocol, have a disk
// file, and do nothing, or what a test's script says.
//
// Like real machines these outlive who started them: they are found by the folder
// of their backend and their token, in the whole process. A test closes its
// engine, makes a new one with a new Backend on the same folder, and the machines
// are still there, with their runs going on.
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

// Config is a backend. Every hook may be nil; they are taken over by a machine at
// its launch, and their context ends when what they do is cancelled or the
// machine ends.
type Config struct {
	// Dir is the folder of the machines' folders, as of every backend.
	Dir string
	// Launch is asked before a machine begins; its error is that of the launch.
	Launch func(machine.Spec) error
	// Run carries a run out, once per ID on one machine. Without it a run succeeds
	// at once, with one event at the begin and the end of each document.
	Run func(ctx context.Context, m *Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result
	// Exec carries a script out; without it every script succeeds and says nothing.
	Exec func(ctx context.Context, m *Machine, exec protocol.Exec, emit func(protocol.Event)) protocol.ExecResult
	// Fingerprint answers for the metadata of paths; without it nothing ever changes.
	Fingerprint func(m *Machine, paths []string) string
	// Agent, if it is set, speaks in the agent's place on a connection, and returns when
	// it has said all: as whoever has the root of a machine can.
	Agent func(ctx context.Context, m *Machine, conn net.Conn)
	// Snapshot is asked before the disk is cloned; its error is that of the snapshot.
	Snapshot func(m *Machine, dst string) error
}

// Backend makes machines of goroutines.
type Backend struct{ config Config }

// New makes a backend that also finds the machines of earlier ones on the same folder.
func New(c Config) *Backend {
	c.Dir = filepath.Clean(c.Dir)
	return &Backend{config: c}
}

// place names a machine in the process.
type place struct{ dir, token string }

var live = struct {
	sync.Mutex
	machines map[place]*Machine
}{machines: map[place]*Machine{}}

func (b *Backend) at(token string) place { return place{b.config.Dir, token} }

// Launch ensures a machine by its token.
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

// Attach finds the live machine that carries the token.
func (b *Backend) Attach(_ context.Context, token string) (machine.Machine, error) {
	if m := b.Machine(token); m != nil {
		return m, nil
	}
	return nil, machine.ErrNotFound
}

// Machine gives the live machine that carries the token, or nil.
func (b *Backend) Machine(token string) *Machine {
	live.Lock()
	defer live.Unlock()
	if m := live.machines[b.at(token)]; m != nil && m.alive() {
		return m
	}
	return nil
}

// Lose kills the machine as the end of its host or of its supervisor would. It
// leaves its folder behind, as those do.
func (b *Backend) Lose(token string) {
	if m := b.Machine(token); m != nil {
		m.End(machine.Exit{Kind: machine.Killed, Detail: "it was killed"})
	}
}

// Tokens lists the machines, and the folders that machines left.
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

// Spec is what the machine was launched with.
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

// Wait blocks until the machine has ended.
func (m *Machine) Wait(ctx context.Context) (machine.Exit, error) {
	select {
	case <-m.ended:
		return m.exit, nil
	case <-ctx.Done():
		return machine.Exit{}, context.Cause(ctx)
	}
}
