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

// Times of the test. With KVM that works a system is up in a few seconds. A failure
// may be the disk's, so it does not count for ever.
const (
	smokeTime  = 20 * time.Second
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

// choose gives the accelerator for a machine. The first machine on a host with KVM
// is tried with it before it counts: nested KVM is often there and does not work.
func (b *Backend) choose(ctx context.Context, spec machine.Spec) (string, error) {
	if b.Accelerator != "" {
		return b.Accelerator, nil
	}
	if KVMDevice() != nil {
		return tcg, nil
	}
	v, err := b.accelerator.judge(func() error { return b.smoke(ctx, spec, kvm, smokeTime) })
	if err != nil {
		return "", err
	}
	if !v.Works {
		b.Logger.Warn("KVM is there and does not work, so machines run without it", "why", v.Why)
		return tcg, nil
	}
	return kvm, nil
}

// judge gives the remembered verdict, or has the test done.
func (a *accelerator) judge(test func() error) (verdict, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, err := host()
	if err != nil {
		return now, err
	}
	if a.last == nil {
		var kept verdict
		if loadJSON(a.file, &kept) == nil {
			a.last = &kept
		}
	}
	if l := a.last; l != nil && l.Boot == now.Boot && l.Version == now.Version && (l.Works || time.Since(l.At) < failureAge) {
		return *l, nil
	}
	err = test()
	if errors.Is(err, context.Canceled) {
		return now, err // says nothing about KVM
	}
	now.Works, now.At = err == nil, time.Now()
	if err != nil {
		now.Why = err.Error()
	}
	a.last = &now
	return now, saveJSON(a.file, now)
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

// smoke boots a clone of a machine's disk to the first word of its agent.
func (b *Backend) smoke(ctx context.Context, spec machine.Spec, using string, within time.Duration) (err error) {
	spec.Token = fmt.Sprintf("smoke-%d", os.Getpid())
	dir := filepath.Join(b.Dir, spec.Token)
	defer func() { err = errors.Join(err, b.Destroy(context.WithoutCancel(ctx), spec.Token)) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	clone := filepath.Join(dir, "disk.raw")
	if err := disk.Clone(ctx, spec.Disk, clone); err != nil {
		return err
	}
	spec.Disk = clone
	m, err := b.launch(ctx, spec, using)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("a machine did not start within %v", within))
	defer cancel()
	conn, err := m.Dial(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}
