package sandbox

import (
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
func Leader(t testing.TB, dir string) int {
	t.Helper()
	pid, err := leaderOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// OpenRun is for a test with a process that has a root of its own.
var OpenRun = openRun
