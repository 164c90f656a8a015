package qemu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/supervise"
)

// Times of the test of KVM. With working KVM a system is up in a few seconds, and on a
// busy host its console shows progress all the time. Where KVM does not work, the console
// falls silent.
const (
	silence   = 10 * time.Second
	smokeTime = time.Minute
)

// smokeMiB is enough memory for the known guest.
const smokeMiB = 1024

// errNoGuest is returned if there is no guest to test KVM with.
var errNoGuest = errors.New("there is no image that is known to boot; `ingot image pull` makes one")

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

// smoke boots a clone of a guest until its agent answers. The fault is that it does not
// boot; the error is that this could not be tested.
func (b *Backend) smoke(ctx context.Context, guest, using string, silent time.Duration) (fault, err error) {
	launched := false
	fault, err = b.trial(ctx, guest, func(spec machine.Spec, leash *os.File) error {
		ctx, cancel := watch(ctx, filepath.Dir(spec.Disk), silent)
		defer cancel()
		m, err := b.launch(ctx, spec, using, leash)
		if err != nil {
			return err
		}
		launched = true
		conn, err := m.Dial(ctx)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if fault == nil || err != nil || launched || using == tcg {
		return fault, err
	}
	// If no machine can run, that is not the accelerator's fault.
	other, err := b.trial(ctx, guest, func(spec machine.Spec, leash *os.File) error {
		_, err := b.launch(ctx, spec, tcg, leash)
		return err
	})
	if err := errors.Join(other, err); err != nil {
		return nil, err
	}
	return fault, nil
}

// trial calls do with the spec of a machine on a clone of a guest, and destroys the
// machine, which also ends with this process. The fault is the error of do.
func (b *Backend) trial(ctx context.Context, guest string, do func(machine.Spec, *os.File) error) (fault, err error) {
	spec := machine.Spec{Token: fmt.Sprintf("smoke-%d", os.Getpid()), CPUs: 1, MemoryMiB: smokeMiB}
	dir := filepath.Join(b.Dir, spec.Token)
	if b.Counted != nil {
		defer b.Counted(spec.Token, spec.CPUs, spec.MemoryMiB+overheadMiB)()
	}
	leash, held, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer held.Close()
	defer leash.Close()
	defer func() { err = errors.Join(err, b.Destroy(context.WithoutCancel(ctx), spec.Token)) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	spec.Disk = filepath.Join(dir, "disk.raw")
	if err := disk.Clone(ctx, guest, spec.Disk); err != nil {
		return nil, err
	}
	return do(spec, leash), nil
}

// watch returns a context that ends when the console of a machine is silent for too long,
// or the machine takes too long.
func watch(ctx context.Context, dir string, silent time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancelTime := context.WithTimeoutCause(ctx, smokeTime, fmt.Errorf("a machine did not start within %v", smokeTime))
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		tick := time.NewTicker(silent / 20)
		defer tick.Stop()
		last, size := time.Now(), int64(-1)
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case now := <-tick.C:
				_, err := os.Stat(kind.File(dir, supervise.Identity))
				if s := sizeOf(filepath.Join(dir, consoleFile)); s != size || err != nil {
					last, size = now, s
				}
				if now.Sub(last) >= silent {
					cancel(fmt.Errorf("a machine that does not run yet has said nothing on its console for %v", silent))
				}
			}
		}
	}()
	return ctx, func() { cancel(nil); cancelTime() }
}

// sizeOf returns the size of a file, or -1 if there is none.
func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return -1
	}
	return info.Size()
}
