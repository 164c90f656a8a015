// Package sandbox runs machines in namespaces of this host's kernel: the disk is
// mounted, and the image's own systemd is process 1 of its own process, mount,
// network, IPC, UTS and control group namespaces.
//
// It starts and stops in fractions of a second and is not a boundary against a hostile
// root inside.
//
// A supervisor mounts the disk, starts systemd-nspawn and tells the agent inside when to
// begin. If processes still run inside after it has ended, the next Launch or Destroy
// kills them. A machine that reboots gets a new control group, network and agent. The
// leader is process 1 of a life, as the host sees it.
//
// The files of a machine lie in its folder:
//
//	sandbox.json     what it was launched as
//	sandbox.lock     locked by the supervisor while it lives
//	sandbox.freeze   locked while the disk is being copied
//	sandbox.sock     socket of the supervisor for orders
//	sandbox.exit     how it ended
//	sandbox.log      output of the supervisor
//	root/            mount point of its disk, in the supervisor alone
//	ingot-agent      its copy of the agent
//	run/             /run/ingot of the machine: the agent's socket and state
//	host/            the uplink's files and our units, /run/ingot/host of the machine
//	console.log      the console
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"ingot/internal/filelock"
	"ingot/internal/machine"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/supervise"
)

// Config is what a backend needs.
type Config struct {
	Dir    string   // folder of machines
	Agent  string   // the agent's static binary
	Helper []string // command that, with "sandbox" or "freezer" and arguments added, calls [Main] or freezer.Main
	Logger *slog.Logger
	// Unsafe allows machines on hosts where root inside is root of the host.
	Unsafe bool
}

// Backend makes sandboxes.
type Backend struct {
	Config
	users func() error // returns why machines cannot have user namespaces
}

var _ machine.Backend = (*Backend)(nil)

// New returns a backend.
func New(c Config) (*Backend, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if len(c.Helper) == 0 {
		return nil, errors.New("the sandbox backend needs the command of its helper")
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("sandboxes need root: run it with sudo")
	}
	if _, err := exec.LookPath(nspawn); err != nil {
		return nil, errors.New(nspawn + " is missing: install the package systemd-container")
	}
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return nil, err
	}
	if c.Agent, err = filepath.Abs(c.Agent); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	// Paths in the kernel's lists have no links.
	if c.Dir, err = filepath.EvalSymlinks(c.Dir); err != nil {
		return nil, err
	}
	b := &Backend{Config: c}
	b.users = func() error { return CanMapUsers(b.Dir) }
	return b, nil
}

// Launch implements [machine.Backend].
func (b *Backend) Launch(ctx context.Context, spec machine.Spec) (machine.Machine, error) {
	dir, err := supervise.Folder(b.Dir, spec.Token)
	if err != nil {
		return nil, err
	}
	for {
		m, err := b.Attach(ctx, spec.Token)
		if !errors.Is(err, machine.ErrNotFound) {
			return m, err
		}
		m, err = b.launch(ctx, dir, spec)
		if !errors.Is(err, filelock.ErrLocked) {
			return m, err
		}
		// Another process launches it, or only checks whether it is alive.
		if err := supervise.Pause(ctx); err != nil {
			return nil, err
		}
	}
}

// launch starts a machine that is not alive.
func (b *Backend) launch(ctx context.Context, dir string, spec machine.Spec) (machine.Machine, error) {
	id, err := b.identify(spec)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := filelock.Try(kind.File(dir, supervise.Lock))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := prepare(ctx, dir, id); err != nil {
		return nil, fmt.Errorf("preparing machine %s: %w", spec.Token, err)
	}
	if err := start(ctx, dir, id.Disk, b.Helper, lock); err != nil {
		return nil, fmt.Errorf("starting machine %s: %w", spec.Token, err)
	}
	return b.open(dir, id), nil
}

func (b *Backend) open(dir string, id identity) *Machine {
	return &Machine{dir: dir, id: id, helper: b.Helper}
}

// prepare prepares the folder of a machine. The caller holds the lock.
func prepare(ctx context.Context, dir string, id identity) error {
	if err := release(ctx, dir, id.Disk); err != nil {
		return err
	}
	for _, old := range []string{kind.File(dir, supervise.Exit), kind.File(dir, supervise.Socket), filepath.Join(dir, runDir), filepath.Join(dir, hostDir)} {
		if err := folder.RemoveAll(old); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(dir, mountDir), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return kind.Save(dir, id)
}

// defaultTasks is far more than installing software needs, and far less than a kernel can
// manage.
const defaultTasks = 8192

// identify returns the identity of a machine, clamped to what the host has.
func (b *Backend) identify(spec machine.Spec) (identity, error) {
	id := identity{
		Token: spec.Token, Disk: spec.Disk, Agent: b.Agent, Tasks: spec.Tasks, Hostname: spec.Hostname,
		Continues: spec.Continues,
	}
	var err error
	if id.Users, err = b.mapUsers(); err != nil {
		return id, err
	}
	if id.Disk, err = filepath.Abs(spec.Disk); err != nil {
		return id, err
	}
	if id.Disk, err = filepath.EvalSymlinks(id.Disk); err != nil {
		return id, err
	}
	if id.Tasks == 0 {
		id.Tasks = defaultTasks
	}
	id.CPUs, id.MemoryMiB = supervise.Clamp(b.Logger, spec.Token, spec.CPUs, spec.MemoryMiB, minMemoryMiB)
	return id, nil
}

// minMemoryMiB is what systemd and its first services need.
const minMemoryMiB = 128

// Attach implements [machine.Backend]. It thaws a disk that was left frozen.
func (b *Backend) Attach(ctx context.Context, token string) (machine.Machine, error) {
	dir, err := supervise.Folder(b.Dir, token)
	if err != nil {
		return nil, err
	}
	if !kind.Alive(dir) {
		return nil, machine.ErrNotFound
	}
	if err := kind.AwaitControl(ctx, dir); err != nil {
		return nil, err
	}
	if err := thawLeftOver(ctx, dir); err != nil {
		return nil, err
	}
	id, err := loadIdentity(dir)
	if err != nil {
		return nil, err
	}
	return b.open(dir, id), nil
}
