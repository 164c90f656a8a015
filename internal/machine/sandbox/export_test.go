package sandbox

import (
	"fmt"
	"os"
	"testing"
)

// MountOf is where a test reaches the mounted disk of a live machine.
func MountOf(t testing.TB, dir string) string {
	t.Helper()
	mount, err := mountOf(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return mount
}

// WithoutUsers makes a backend that behaves as on a host without user namespaces.
func WithoutUsers(b *Backend) *Backend {
	b.users = func() bool { return false }
	return b
}

// Leader is process 1 of a live machine.
func Leader(t testing.TB, dir string) (pid int) {
	t.Helper()
	all, err := processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", p.pid))
		if command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.pid)); p.dir == dir && string(command) == nspawn+"\n" {
			if _, err := fmt.Sscan(string(children), &pid); err == nil {
				return pid
			}
		}
	}
	t.Fatalf("the machine in %s has no process 1", dir)
	return 0
}
