package qemu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/folder"
)

// accelerator remembers whether KVM stood the test.
type accelerator struct {
	folder string // keeps verdicts; empty keeps none
	mu     sync.Mutex
	last   *verdict
	said   string // the last remark on KVM that was logged
}

// verdict is the result of a test of KVM. It holds until what it depends on changes:
// a host on which QEMU ends at once, or on which a guest hangs, does not get better by
// being asked again.
type verdict struct {
	On    basis     `json:"on"`
	Works bool      `json:"works"`
	Why   string    `json:"why,omitempty"`
	At    time.Time `json:"at"`
}

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
	v, err := b.tryKVM(ctx)
	switch {
	case errors.Is(err, errNoGuest):
		b.remark(ctx, slog.LevelInfo, "KVM is there and was not tried, so machines run without it", err.Error())
	case err != nil:
		b.remark(ctx, slog.LevelWarn, "KVM is there and could not be tried, so machines run without it", err.Error())
	case !v.Works:
		b.remark(ctx, slog.LevelWarn, "KVM is there and does not work, so machines run without it", v.Why)
	}
	return err == nil && v.Works
}

// remark logs what there is to say on KVM, and the same only once.
func (b *Backend) remark(ctx context.Context, level slog.Level, what, why string) {
	b.accelerator.mu.Lock()
	defer b.accelerator.mu.Unlock()
	if b.accelerator.said != what+why {
		b.accelerator.said = what + why
		b.Logger.Log(ctx, level, what, "why", why)
	}
}

// tryKVM gives the verdict on KVM with the known guest.
func (b *Backend) tryKVM(ctx context.Context) (verdict, error) {
	guest, err := b.guest(ctx)
	if err != nil {
		return verdict{}, err
	}
	on, err := basisOf(guest)
	if err != nil {
		return verdict{}, err
	}
	return b.accelerator.judge(ctx, on, func() (fault, err error) { return b.smoke(ctx, guest, kvm, silence) })
}

// judge gives the verdict that was kept, or has the test done: its fault is KVM's, its
// error says that nothing was learnt of KVM.
func (a *accelerator) judge(ctx context.Context, on basis, test func() (fault, err error)) (verdict, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.last == nil || a.last.On != on {
		a.last = nil
		var kept verdict
		if a.folder != "" && folder.Load(on.file(a.folder), &kept) == nil && kept.On == on {
			a.last = &kept
		}
	}
	if a.last != nil {
		return *a.last, nil
	}
	fault, err := test()
	if ctx.Err() != nil { // whoever asked has given up
		return verdict{}, context.Cause(ctx)
	}
	if err != nil {
		return verdict{}, err
	}
	now := verdict{On: on, Works: fault == nil, At: time.Now()}
	if fault != nil {
		now.Why = fault.Error()
	}
	a.last = &now
	if a.folder != "" {
		_ = folder.Save(on.file(a.folder), now) // the next process tests anew
	}
	return now, nil
}
