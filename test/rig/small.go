package rig

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// SmallDisk returns a folder on an ext4 file system of its own with so many MiB.
func SmallDisk(t testing.TB, mib int) string {
	t.Helper()
	dir := t.TempDir()
	file, mount := filepath.Join(dir, "disk"), filepath.Join(dir, "mount")
	script := fmt.Sprintf("mkdir %[2]s; truncate -s %[3]dM %[1]s; mkfs.ext4 -q -m 0 %[1]s; mount -o loop %[1]s %[2]s", file, mount, mib)
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(mount, 0); err != nil {
			t.Errorf("unmounting %s: %v", mount, err)
		}
	})
	return mount
}

// Fill takes the free space of a folder's file system but for some MiB, to the last
// byte when it is none, and returns the file that contains it.
func Fill(t testing.TB, dir string, leave int64) string {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const lists = 16 // for the file system's map of the file
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(s.Bavail)*s.Bsize-max(leave, lists)<<20); err != nil {
		t.Fatal(err)
	}
	if leave > 0 {
		return f.Name()
	}
	_, err = f.Seek(0, io.SeekEnd)
	for size := 1 << 20; err == nil || size > 512; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	return f.Name()
}
