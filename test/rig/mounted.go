package rig

import (
	"path/filepath"
	"testing"

	"ingot/internal/artifact/disk"
)

// Mounted shows the files on a copy of a disk, whose root is mounted at the given folder.
func Mounted(t testing.TB, file string, look func(root string)) {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "disk.raw")
	if err := disk.Clone(t.Context(), file, clone); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	m, err := disk.Mount(t.Context(), clone, root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	look(root)
}
