package filelock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/filelock"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if filelock.Held(path) {
		t.Error("a lock that nobody ever took is held")
	}
	f, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Try(path); !errors.Is(err, filelock.ErrLocked) || !filelock.Held(path) {
		t.Errorf("a lock that is held can be taken: %v", err)
	}
	f.Close()
	if filelock.Held(path) {
		t.Error("a lock is held by a file that is closed")
	}
}

// TestLockOfARemovedFile takes a lock while its owner removes the file.
func TestLockOfARemovedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := filelock.Try(path)
	if err != nil {
		t.Fatalf("a new file has no lock, but %v", err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}
