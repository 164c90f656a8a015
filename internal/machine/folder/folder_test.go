package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/machine"
	"ingot/internal/machine/folder"
)

func TestExit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exit")
	if exit, err := folder.Exit(path, "nobody said"); err != nil || exit.Kind != machine.Killed || exit.Detail != "nobody said" {
		t.Errorf("without a word: %+v, %v", exit, err)
	}
	if err := folder.Save(path, machine.Exit{Kind: machine.PoweredOff, Detail: "off"}); err != nil {
		t.Fatal(err)
	}
	if exit, err := folder.Exit(path, "nobody said"); err != nil || exit.Kind != machine.PoweredOff {
		t.Errorf("with one: %+v, %v", exit, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Exit(path, ""); err == nil {
		t.Error("half a word is taken for one")
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if folder.Locked(path) {
		t.Error("a lock that nobody ever took is held")
	}
	f, err := folder.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Lock(path); !errors.Is(err, folder.ErrLocked) || !folder.Locked(path) {
		t.Errorf("a lock that is held can be taken: %v", err)
	}
	f.Close()
	if folder.Locked(path) {
		t.Error("a lock is held by a file that is closed")
	}
}

// TestALockOnWhatWasRemovedIsNone takes a lock while whoever had it removes its file.
func TestALockOnWhatWasRemovedIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := folder.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := folder.Lock(path)
	if err != nil {
		t.Fatalf("a new file has no lock, but %v", err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}
