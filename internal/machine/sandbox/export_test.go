package sandbox

import "testing"

// MountOf is where a test reaches the mounted disk of a live machine.
func MountOf(t testing.TB, dir string) string {
	t.Helper()
	mount, err := mountOf(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return mount
}
