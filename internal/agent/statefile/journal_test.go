package statefile_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/statefile"
)

// journal opens a journal of numbers and returns what is in it. A number below the one
// before it is not accepted.
func journal(t *testing.T, path string) (*statefile.Journal, []int) {
	t.Helper()
	var all []int
	j, err := statefile.OpenJournal(path, func(document []byte) error {
		var n int
		if err := json.Unmarshal(document, &n); err != nil {
			return err
		}
		if len(all) > 0 && n < all[len(all)-1] {
			return errors.New("backwards")
		}
		all = append(all, n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, all
}

func add(t *testing.T, j *statefile.Journal, all ...int) {
	t.Helper()
	for _, n := range all {
		if err := j.Append(n); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJournalGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, all := journal(t, path)
	if len(all) > 0 {
		t.Errorf("a new one holds %v", all)
	}
	add(t, j, 1, 2)
	j, all = journal(t, path)
	add(t, j, 3)
	if _, again := journal(t, path); !slices.Equal(all, []int{1, 2}) || !slices.Equal(again, []int{1, 2, 3}) {
		t.Errorf("it held %v, then %v", all, again)
	}
}

// TestTornEndOfAJournal: a torn end of any form is ignored and overwritten.
func TestTornEndOfAJournal(t *testing.T) {
	for name, end := range map[string]string{
		"half a line": "12", "half a document": "[1,\n", "zeros": "\x00\x00\x00\x00", "zeros and a line": "\x00\x00\n7\n", "not the next": "1\n9\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal")
			if err := os.WriteFile(path, []byte("5\n6\n"+end), 0o600); err != nil {
				t.Fatal(err)
			}
			j, all := journal(t, path)
			add(t, j, 8)
			text, err := os.ReadFile(path)
			if err != nil || !slices.Equal(all, []int{5, 6}) || string(text) != "5\n6\n8\n" {
				t.Errorf("it held %v; then the file is %q, %v", all, text, err)
			}
		})
	}
}

// TestJournalOnAFullDisk: a journal on a full disk returns an error and keeps its
// content; it takes documents when there is space again.
func TestJournalOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	path, filling := filepath.Join(dir, "journal"), filepath.Join(dir, "filling")
	j, _ := journal(t, path)
	add(t, j, 1)
	if err := os.WriteFile(filling, make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the file system is not full: %v", err)
	}
	if err := j.Append(strings.Repeat("x", 8192)); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Append on a full disk = %v", err)
	}
	if err := os.Remove(filling); err != nil {
		t.Fatal(err)
	}
	add(t, j, 2)
	if _, all := journal(t, path); !slices.Equal(all, []int{1, 2}) {
		t.Errorf("it holds %v", all)
	}
}
