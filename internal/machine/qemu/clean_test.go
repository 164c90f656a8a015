package qemu_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/qemu"
)

// TestCleanIsCancelled checks that a cancelled stop does not wait for the check of the
// disk and leaves no loop device. A stop whose deadline passes goes on, because its disk
// must be whole.
func TestCleanIsCancelled(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("loop devices need root")
	}
	dir := t.TempDir()
	begun, goOn, file := filepath.Join(dir, "begun"), filepath.Join(dir, "go on"), filepath.Join(dir, "disk.raw")
	tools := filepath.Join(dir, "tools")
	slow := "#!/bin/sh\necho >'" + begun + "'\nread -r _ <'" + goOn + "'\n"
	if err := errors.Join(os.Mkdir(tools, 0o700), os.WriteFile(filepath.Join(tools, "e2fsck"), []byte(slow), 0o700),
		unix.Mkfifo(begun, 0o600), unix.Mkfifo(goOn, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", file, "16M").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("PATH", tools+":"+os.Getenv("PATH"))
	clean := func(ctx context.Context) <-chan error {
		ended := make(chan error, 1)
		go func() { ended <- qemu.Clean(ctx, filepath.Join(dir, "machine"), file) }()
		if _, err := os.ReadFile(begun); err != nil { // when the tool runs
			t.Error(err)
		}
		return ended
	}

	unwanted := errors.New("nobody wants it")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := clean(ctx)
	cancel(unwanted)
	if err := <-ended; !errors.Is(err, unwanted) {
		t.Errorf("it ended with %v", err)
	}
	if left, err := disk.LoopsOn(dir); err != nil || len(left) > 0 {
		t.Errorf("the disk has loop devices: %v, %v", left, err)
	}

	late, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	ended = clean(late)
	if err := os.WriteFile(goOn, []byte("\n"), 0o600); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil && strings.Contains(err.Error(), "deadline") {
		t.Errorf("a stop whose time is over ended with %v", err)
	}
}
