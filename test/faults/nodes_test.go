package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

// secret is on a loop device of the host.
const secret = "what only the host may read"

// left is a device node that a component makes on the disk of a virtual machine. On the
// host it would lead to the host's device.
type left struct{ make, open string }

// leave returns the scripts of the component that makes the node, and of the next one,
// which tries to open it in a sandbox.
func leave(t *testing.T) left {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, append([]byte(secret), make([]byte, 1<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	loop, err := disk.Attach(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := loop.Detach(); err != nil {
			t.Error(err)
		}
	})
	var s unix.Stat_t
	if err := unix.Stat(loop.Path, &s); err != nil {
		t.Fatal(err)
	}
	return left{
		make: fmt.Sprintf("[ ! -b /dev/vda1 ] || mknod -m 666 /opt/host-disk b %d %d", unix.Major(s.Rdev), unix.Minor(s.Rdev)),
		open: "[ -b /opt/host-disk ] && echo there is a node\nhead -c 27 /opt/host-disk 2>&1 && echo it was read || echo it was not read",
	}
}

// check looks for the node in the log of the image.
func (left) check(t *testing.T, log string) {
	t.Helper()
	for _, want := range []string{"there is a node", "it was not read", "1 device nodes outside /dev", `"/opt/host-disk"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q", want)
		}
	}
	if strings.Contains(log, secret) {
		t.Error("a component has read a device of the host")
	}
}
