package folder_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/folder"
)

// few is the limit of descriptors of the process that removes deep folders.
const few = 64

// remove is that process.
func remove(path string) int {
	limit := unix.Rlimit{Cur: few, Max: few}
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err == nil {
		err = folder.RemoveAll(path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestRemoveFoldersDeeperThanDescriptors(t *testing.T) {
	dir := t.TempDir()
	kept, gone := filepath.Join(dir, "kept"), filepath.Join(dir, "gone")
	script := `mkdir kept; echo x >kept/file; mkdir -p gone/moved-1/moved-2; echo x >gone/moved-1/moved-2/moved-3; cd gone
for chain in 1 2; do (
	mkdir chain$chain; cd -P chain$chain
	for i in $(seq 150); do mkdir d e; ln -s "$KEPT" link; echo x >f; cd -P d; done
	mkfifo fifo
); done`
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "KEPT="+kept)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd = exec.Command(os.Args[0], "remove", gone)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Lstat(gone); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(kept, "file")); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestRemoveOtherThanFolders(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(dir, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, file, filepath.Join(dir, "none"), filepath.Join(dir, "no", "ne")} {
		if err := folder.RemoveAll(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
