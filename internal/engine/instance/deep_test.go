package instance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/engine/instance"
)

// TestMain lets the test binary be a process with few descriptors.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "destroy" {
		os.Exit(destroyWithFew(os.Args[2]))
	}
	os.Exit(m.Run())
}

// destroyWithFew destroys a machine in a process with few descriptors.
func destroyWithFew(dir string) int {
	const few = 64
	limit := unix.Rlimit{Cur: few, Max: few}
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err == nil {
		h := instance.Host{Dir: dir}
		err = h.Destroy(context.Background(), "m-deep")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestFoldersOfAMachineAreRemoved however deep its guest has made them: more than a
// process may have descriptors.
func TestFoldersOfAMachineAreRemoved(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "m-deep", "run", strings.Repeat("d/", 150))
	if err := errors.Join(os.MkdirAll(deep, 0o700), os.WriteFile(filepath.Join(deep, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(os.Args[0], "destroy", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Lstat(filepath.Join(dir, "m-deep")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
