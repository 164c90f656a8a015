package statefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/agent/statefile"
)

func TestWriteReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	var got []int
	if err := statefile.Read(path, &got); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of nothing = %v", err)
	}
	for _, want := range [][]int{{1, 2, 3}, {4}} {
		if err := statefile.Write(path, want); err != nil {
			t.Fatal(err)
		}
		if err := statefile.Read(path, &got); err != nil || len(got) != len(want) || got[0] != want[0] {
			t.Errorf("Read = %v, %v; want %v", got, err, want)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestWriteLeavesNothingBehindOnFailure(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "state.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := statefile.Write(filepath.Join(dir, "state.json"), 1); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}
