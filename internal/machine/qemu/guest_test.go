package qemu_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/qemu"
)

// removeWithFew runs a process with few descriptors that removes the agent from a root.
func removeWithFew(dir string) int {
	const few = 64
	limit := unix.Rlimit{Cur: few, Max: few}
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	var root *os.Root
	if err == nil {
		root, err = os.OpenRoot(dir)
	}
	if err == nil {
		err = errors.Join(qemu.Remove(root), root.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestDeepFoldersInTheAgentsFolder checks that folders are removed that are deeper
// than the process may have descriptors, and that links are not followed.
func TestDeepFoldersInTheAgentsFolder(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept")
	if err := errors.Join(os.Mkdir(kept, 0o700), os.WriteFile(filepath.Join(kept, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(dir, "root/var/lib/ingot-agent", strings.Repeat("d/", 150))
	if err := errors.Join(os.MkdirAll(deep, 0o700), os.MkdirAll(filepath.Join(dir, "root/etc/systemd/system"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{deep, filepath.Dir(deep)} {
		if err := errors.Join(os.Symlink(kept, filepath.Join(at, "link")), os.WriteFile(filepath.Join(at, "file"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(os.Args[0], "remove", filepath.Join(dir, "root")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "root/var/lib")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(kept, "file")); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
}

// TestAgentsFolderIsRemovedWithinTheDisk has links to the host in place of the
// folders above.
func TestAgentsFolderIsRemovedWithinTheDisk(t *testing.T) {
	dir := t.TempDir()
	host := filepath.Join(dir, "host")
	mine := filepath.Join(host, "ingot-agent", "file")
	if err := errors.Join(os.MkdirAll(filepath.Dir(mine), 0o700), os.WriteFile(mine, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	disk := t.TempDir()
	relative, err := filepath.Rel(filepath.Join(disk, "var"), host)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{host, relative} {
		if err := errors.Join(os.RemoveAll(filepath.Join(disk, "var")), os.Mkdir(filepath.Join(disk, "var"), 0o700), os.Symlink(to, filepath.Join(disk, "var/lib"))); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(disk)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(qemu.Remove(root), root.Close()); err == nil {
			t.Errorf("%s was followed without an error", to)
		}
		if _, err := os.Stat(mine); err != nil {
			t.Errorf("%s: the host's file is gone: %v", to, err)
		}
	}
}
