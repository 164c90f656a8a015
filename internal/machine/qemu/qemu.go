// Package qemu runs machines as virtual machines: the disk boots through its own
// firmware and bootloader.
//
// QEMU is killed with its supervisor. A port is a virtio-serial port of the guest on
// which the agent listens. There are two: one for the build, and one on which we freeze
// the guest for snapshots.
//
// Terms:
//
//   - cell: what QEMU runs in: a user without rights, namespaces, and a root directory
//     with no more of the host than QEMU's own files. A helper process builds it around
//     itself and becomes QEMU, which gets the files of the machine open.
//   - control socket: the socket on which a supervisor takes orders; one line says what
//     a connection is for. A connection to a port of the agent is relayed through it.
//
// The files of a machine lie in its folder:
//
//	qemu.json     what it was launched as
//	qemu.lock     locked by the supervisor while it lives
//	qemu.sock     the control socket
//	qemu.exit     how it ended
//	qemu.log      output of QEMU and the supervisor
//	qemu.vars     the machine's own UEFI variables
//	qemu.resolv   name servers for QEMU, where the host's own file names none that it reaches
//	qemu.mount/   where its disk is mounted while agent and unit are put on it
//	console.log   the serial console
package qemu

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
	"ingot/internal/machine/supervise"
)

// Config is what a backend needs.
type Config struct {
	Dir    string   // folder of machines
	Agent  string   // the agent's static binary
	Helper []string // command that, with "qemu" and a folder added, calls [Main]
	Logger *slog.Logger
	// Accelerator is "kvm" or "tcg"; empty means kvm if it passes a test.
	Accelerator string
	// Guest returns the disk of an image that is known to boot, for the test of KVM, or
	// "" if there is none yet. A file of another name is another guest. If Guest is nil,
	// KVM is used only on request.
	Guest func(context.Context) (string, error)
	// Verdicts is the folder of the verdicts on KVM, which backends can share. Without it
	// each process tests KVM once.
	Verdicts string
	// Counted is called when the machine that tests KVM starts, and the function that it
	// returns when that ends. It may be nil.
	Counted func(id string, cpus, memoryMiB int) (leave func())
}

// Backend makes virtual machines.
type Backend struct {
	Config
	accelerator accelerator
}

var _ machine.Backend = (*Backend)(nil)

// ErrMissing is returned on a host without QEMU.
var ErrMissing = errors.New(program + " is missing: install the package qemu-system-x86")

// New returns a backend, or [ErrMissing].
func New(c Config) (*Backend, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if len(c.Helper) == 0 {
		return nil, errors.New("the qemu backend needs the command of its helper")
	}
	if _, err := exec.LookPath(program); err != nil {
		return nil, ErrMissing
	}
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	return &Backend{Config: c, accelerator: accelerator{folder: c.Verdicts}}, nil
}

// Launch implements [machine.Backend].
func (b *Backend) Launch(ctx context.Context, spec machine.Spec) (machine.Machine, error) {
	if m, err := b.Attach(ctx, spec.Token); err == nil || !errors.Is(err, machine.ErrNotFound) {
		return m, err
	}
	using, err := b.Choose(ctx)
	if err != nil {
		return nil, err
	}
	return b.launch(ctx, spec, using, nil)
}

// launch starts a machine on an accelerator. If leash is not nil, it is a pipe, and the
// machine ends when its other end is closed.
func (b *Backend) launch(ctx context.Context, spec machine.Spec, using string, leash *os.File) (machine.Machine, error) {
	dir, err := supervise.Folder(b.Dir, spec.Token)
	if err != nil {
		return nil, err
	}
	id, err := b.identify(spec, using)
	if err != nil {
		return nil, err
	}
	id.Leashed = leash != nil
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := filelock.Try(kind.File(dir, supervise.Lock))
	for errors.Is(err, filelock.ErrLocked) {
		// Another process has just launched it, or only checked whether it is alive.
		if m, err := b.Attach(ctx, spec.Token); err == nil || !errors.Is(err, machine.ErrNotFound) {
			return m, err
		}
		lock, err = filelock.Try(kind.File(dir, supervise.Lock))
	}
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := prepare(ctx, dir, id, b.Agent); err != nil {
		return nil, fmt.Errorf("preparing machine %s: %w", spec.Token, err)
	}
	if err := start(ctx, dir, b.Helper, lock, leash); err != nil {
		return nil, fmt.Errorf("starting machine %s: %w", spec.Token, err)
	}
	return &Machine{dir: dir, id: id}, nil
}

// prepare prepares the folder and the disk of a machine. The caller holds the lock.
func prepare(ctx context.Context, dir string, id identity, agent string) error {
	for _, old := range []string{supervise.Exit, supervise.Socket} {
		if err := os.RemoveAll(kind.File(dir, old)); err != nil {
			return err
		}
	}
	if err := release(ctx, dir); err != nil {
		return err
	}
	if err := putFirmware(dir, id); err != nil {
		return err
	}
	if err := install(ctx, id, filepath.Join(dir, mountDir), agent); err != nil {
		return err
	}
	return kind.Save(dir, id)
}

// identify returns the identity of a machine, clamped to what the host has.
func (b *Backend) identify(spec machine.Spec, using string) (identity, error) {
	id := identity{
		Token: spec.Token, Disk: spec.Disk, Hostname: spec.Hostname,
		Tasks: spec.Tasks, Accelerator: using, Continues: spec.Continues,
	}
	var err error
	if id.Disk, err = filepath.Abs(spec.Disk); err != nil {
		return id, err
	}
	if id.Firmware, err = chooseFirmware(spec.Firmware, id.Disk); err != nil {
		return id, err
	}
	id.CPUs, id.MemoryMiB = supervise.Clamp(b.Logger, spec.Token, spec.CPUs, spec.MemoryMiB, minMemoryMiB)
	return id, nil
}

// minMemoryMiB is what a general-purpose kernel with its initrd needs to start.
const minMemoryMiB = 256

// Attach implements [machine.Backend].
func (b *Backend) Attach(ctx context.Context, token string) (machine.Machine, error) {
	dir, err := supervise.Folder(b.Dir, token)
	if err != nil {
		return nil, err
	}
	if err := kind.AwaitControl(ctx, dir); err != nil {
		return nil, err
	}
	id, err := loadIdentity(dir)
	if err != nil {
		return nil, err
	}
	return &Machine{dir: dir, id: id}, nil
}
