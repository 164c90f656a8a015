package disk_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/artifact/disk"
)

// sparse makes a file with data at its start, in the middle and before its end.
func sparse(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "source")
	for i, at := range []int64{0, 30*mib + 12345, 64*mib - 5} {
		writeAt(t, path, noise(uint64(i), 200_000), at)
	}
	return path
}

func TestCloneIsEqualAndKeepsHoles(t *testing.T) {
	for name, folder := range map[string]func(testing.TB) string{"copy": func(t testing.TB) string { return t.TempDir() }, "shared": reflinkFolder} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			src, dst := sparse(t, dir), filepath.Join(dir, "clone")
			writeAt(t, dst, []byte("what was there before"), 100*mib)
			if err := disk.Clone(t.Context(), src, dst); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(readFile(t, src), readFile(t, dst)) {
				t.Error("the clone differs")
			}
			if n := used(t, dst); n > 2*mib {
				t.Errorf("the clone takes %d bytes", n)
			}
			writeAt(t, dst, []byte("changed"), 0)
			if bytes.HasPrefix(readFile(t, src), []byte("changed")) {
				t.Error("a write into the clone changed the source")
			}
			if got := len(names(t, dir)); got != 2 {
				t.Errorf("left over: %v", names(t, dir))
			}
		})
	}
}

func TestCloneThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	src := sparse(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := disk.Clone(ctx, src, filepath.Join(dir, "clone")); !errors.Is(err, context.Canceled) && !disk.CanShare(dir) {
		t.Errorf("cancelled: %v", err)
	}
	if err := disk.Clone(t.Context(), filepath.Join(dir, "none"), filepath.Join(dir, "clone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no source: %v", err)
	}
	if err := disk.Clone(t.Context(), src, filepath.Join(dir, "no/folder")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if all := names(t, dir); len(all) != 1 && !disk.CanShare(dir) {
		t.Errorf("left over: %v", all)
	}
}

func TestCanShare(t *testing.T) {
	if dir := reflinkFolder(t); !disk.CanShare(dir) || len(names(t, dir)) > 0 {
		t.Errorf("XFS with reflink: %v, left over %v", disk.CanShare(dir), names(t, dir))
	}
	if disk.CanShare("/proc") || disk.CanShare("/nowhere") {
		t.Error("a folder without files shares blocks")
	}
}

func BenchmarkCloneShared(b *testing.B) {
	dir := reflinkFolder(b)
	src := sparse(b, dir)
	for b.Loop() {
		if err := disk.Clone(b.Context(), src, filepath.Join(dir, "clone")); err != nil {
			b.Fatal(err)
		}
	}
}
