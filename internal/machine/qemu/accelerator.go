package qemu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/folder"
)

// accelerator remembers whether KVM stood the test.
type accelerator struct {
	file string
	mu   sync.Mutex
	last *verdict
}

// verdict is the result of a test of KVM. It holds for one boot of the host and
// one version of QEMU.
type verdict struct {
	Boot    string    `json:"boot"`
	Version string    `json:"version"`
	Works   bool      `json:"works"`
	Why     string    `json:"why,omitempty"`
	At      time.Time `json:"at"`
}

// Times of the test. With KVM that works a system is up in a few seconds. A host that
// was busy may do better later, so a failure does not count for ever.
const (
	smokeTime  = 10 * time.Second
	failureAge = time.Hour
)

// KVMDevice says why KVM cannot be used, as far as can be told without starting a
// machine: nil means that it is worth a test.
func KVMDevice() error {
	const getVersion, version = 0xAE00, 12
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("KVM is not available: %w", err)
	}
	defer f.Close()
	if got, err := unix.IoctlRetInt(int(f.Fd()), getVersion); err != nil || got != version {
		return fmt.Errorf("/dev/kvm does not answer as it should (%d, %v)", got, err)
	}
	return nil
}

// Choose gives the accelerator for a machine.
func (b *Backend) Choose(ctx context.Context) (string, error) {
	if b.Accelerator != "" {
		return b.Accelerator, nil
	}
	if b.KVM(ctx) {
		return kvm, nil
	}
	return tcg, context.Cause(ctx)
}

// KVM says whether machines run with KVM. Nested KVM is often there and does not
// work, so that before it counts the known guest is booted with it. Without such a
// guest the answer is no, until there is one.
func (b *Backend) KVM(ctx context.Context) bool {
	if KVMDevice() != nil {
		return false
	}
	v, err := b.accelerator.judge(ctx, func() (fault, err error) { return b.smoke(ctx, kvm, smokeTime) })
	switch {
	case errors.Is(err, errNoGuest):
		b.Logger.Info("KVM is there and was not tried, so machines run without it", "why", err)
	case err != nil:
		b.Logger.Warn("KVM is there and could not be tried, so machines run without it", "why", err)
	case !v.Works:
		b.Logger.Warn("KVM is there and does not work, so machines run without it", "why", v.Why)
	}
	return err == nil && v.Works
}

// judge gives the remembered verdict, or has the test done: its fault is KVM's, its
// error says that nothing was learnt of KVM.
func (a *accelerator) judge(ctx context.Context, test func() (fault, err error)) (verdict, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, err := host()
	if err != nil {
		return now, err
	}
	if a.last == nil {
		var kept verdict
		if folder.Load(a.file, &kept) == nil {
			a.last = &kept
		}
	}
	if l := a.last; l != nil && l.Boot == now.Boot && l.Version == now.Version && (l.Works || time.Since(l.At) < failureAge) {
		return *l, nil
	}
	fault, err := test()
	if ctx.Err() != nil { // whoever asked has given up
		return now, context.Cause(ctx)
	}
	if err != nil {
		return now, err
	}
	now.Works, now.At = fault == nil, time.Now()
	if fault != nil {
		now.Why = fault.Error()
	}
	a.last = &now
	return now, folder.Save(a.file, now)
}

// host gives an empty verdict for this boot and this QEMU.
func host() (verdict, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return verdict{}, err
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		return verdict{}, fmt.Errorf("asking QEMU for its version (package qemu-system-x86): %w", err)
	}
	first, _, _ := strings.Cut(string(version), "\n")
	return verdict{Boot: strings.TrimSpace(string(boot)), Version: first}, nil
}

// errNoGuest says that there is nothing to try KVM with.
var errNoGuest = errors.New("there is no image that is known to boot; `ingot image pull` makes one")

// smokeMiB is enough memory for the known guest.
const smokeMiB = 1024

// smoke boots a clone of the known guest to the first word of its agent. What the
// machine does not do is the fault; the error is that it could not be tried.
func (b *Backend) smoke(ctx context.Context, using string, within time.Duration) (fault, err error) {
	guest, err := b.guest(ctx)
	if err != nil {
		return nil, err
	}
	spec := machine.Spec{Token: fmt.Sprintf("smoke-%d", os.Getpid()), CPUs: 1, MemoryMiB: smokeMiB}
	dir := filepath.Join(b.Dir, spec.Token)
	defer func() { err = errors.Join(err, b.Destroy(context.WithoutCancel(ctx), spec.Token)) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	spec.Disk = filepath.Join(dir, "disk.raw")
	if err := disk.Clone(ctx, guest, spec.Disk); err != nil {
		return nil, err
	}
	m, fault := b.launch(ctx, spec, using)
	if fault != nil {
		return fault, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("a machine did not start within %v", within))
	defer cancel()
	conn, fault := m.Dial(ctx)
	if fault != nil {
		return fault, nil
	}
	return nil, conn.Close()
}

func (b *Backend) guest(ctx context.Context) (string, error) {
	if b.Guest == nil {
		return "", errNoGuest
	}
	guest, err := b.Guest(ctx)
	if err == nil && guest == "" {
		err = errNoGuest
	}
	return guest, err
}
