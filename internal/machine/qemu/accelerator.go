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

// accelerator keeps the verdict on KVM.
type accelerator struct {
	folder string // of the verdicts; empty keeps none
	mu     sync.Mutex
	last   *verdict
	said   string // the last remark that was logged
}

// verdict is the result of a test of KVM. It holds until its basis changes, because
// another test would have the same result.
type verdict struct {
	On    basis     `json:"on"`
	Works bool      `json:"works"`
	Why   string    `json:"why,omitempty"`
	At    time.Time `json:"at"`
}

// KVMDevice returns why KVM cannot be used, as far as that is known without starting a
// machine.
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

// Choose returns the accelerator for a machine.
func (b *Backend) Choose(ctx context.Context) (string, error) {
	if b.Accelerator != "" {
		return b.Accelerator, nil
	}
	if b.KVM(ctx) {
		return kvm, nil
	}
	return tcg, context.Cause(ctx)
}

// KVM reports whether machines run with KVM. Nested KVM often exists and does not work,
// so KVM first boots the known guest with it. Without such a guest it returns false.
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

// remark logs a remark on KVM, unless it was the last one too.
func (b *Backend) remark(ctx context.Context, level slog.Level, what, why string) {
	b.accelerator.mu.Lock()
	defer b.accelerator.mu.Unlock()
	if b.accelerator.said != what+why {
		b.accelerator.said = what + why
		b.Logger.Log(ctx, level, what, "why", why)
	}
}

// tryKVM returns the verdict on KVM with the known guest.
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

// judge returns the verdict that was kept, or runs the test. The test returns a fault of
// KVM, or an error if it could not test KVM.
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
	if ctx.Err() != nil { // the caller has given up
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
		_ = folder.Save(on.file(a.folder), now) // else the next process tests again
	}
	return now, nil
}
