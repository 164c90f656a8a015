package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/qemu"
)

// screen calls a function when a text has been written to it.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	wait string
	then func()
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if strings.Contains(s.text.String(), s.wait) {
		s.then()
	}
	return len(p), nil
}

// TestRun sees a disk start, as far as its missing bootloader lets it, and end with
// its caller.
func TestRun(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	before, err := disk.Digest(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "seed.img")
	if err := qemu.Seed(seed, "ssh-ed25519 AAAA", "run"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := errors.New("seen")
	ctx, see := context.WithCancelCause(ctx)
	console := &screen{wait: "Booting from Hard Disk", then: func() { see(seen) }}
	if err := b.Run(ctx, qemu.RunConfig{Disk: file, Seed: seed, Console: console, MemoryMiB: 256}); !errors.Is(err, seen) {
		t.Errorf("a run that was broken off gives %v; its console: %s", err, &console.text)
	}
	if err := disk.Verify(t.Context(), file, &before); err != nil {
		t.Errorf("a run has changed its disk: %v", err)
	}
	if err := b.Run(t.Context(), qemu.RunConfig{Disk: filepath.Join(dir, "none"), Console: console}); err == nil {
		t.Error("a disk that is not there was run")
	}
}
