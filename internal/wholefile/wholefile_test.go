package wholefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/wholefile"
)

// names lists a folder with the content of its files and the targets of its links.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		text, _ := os.ReadFile(path)
		if to, err := os.Readlink(path); err == nil {
			text = []byte("->" + to)
		}
		all = append(all, e.Name()+"="+string(text))
	}
	return strings.Join(all, " ")
}

func TestWriteReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "name")
	for _, content := range []string{"first", "2"} {
		if err := wholefile.Write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); got != "name="+content {
			t.Errorf("in the folder: %s", got)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}
}

// TestNoLinkIsFollowed though one lies in the place of the file: it is replaced, and
// what it leads to stays as it was.
func TestNoLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "name")
	if err := errors.Join(os.WriteFile(victim, []byte("mine"), 0o644), os.Symlink(victim, path), os.Symlink(victim, path+".part")); err != nil {
		t.Fatal(err)
	}
	if err := wholefile.Write(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), "name=new name.part=->"+victim+" victim=mine"; got != want {
		t.Errorf("in the folder: %s, want %s", got, want)
	}
}

func TestCommitNewLeavesWhatIsThere(t *testing.T) {
	for name, put := range map[string]func(string) error{
		"a file":       func(p string) error { return os.WriteFile(p, []byte("old"), 0o600) },
		"a link":       func(p string) error { return os.Symlink("nowhere", p) },
		"a folder":     func(p string) error { return os.Mkdir(p, 0o700) },
		"a named pipe": func(p string) error { return unix.Mkfifo(p, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "name")
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			was, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := wholefile.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.CommitNew(); !errors.Is(err, fs.ErrExist) {
				t.Errorf("CommitNew = %v", err)
			}
			is, err := os.Lstat(path)
			if err != nil || !os.SameFile(was, is) {
				t.Errorf("what was there is not: %v", err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("in the folder: %v", entries)
			}
		})
	}
	dir := t.TempDir()
	f, err := wholefile.Create(filepath.Join(dir, "name"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if err := f.CommitNew(); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); got != "name=new" {
		t.Errorf("in the folder: %s", got)
	}
}

// TestNothingIsLeft of a write that fails or is given up.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "name"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := wholefile.Write(filepath.Join(dir, "name"), nil); err == nil {
		t.Error("a folder was replaced")
	}
	f, err := wholefile.Create(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	if match, err := filepath.Match(wholefile.Pattern, filepath.Base(f.Name())); !match || err != nil {
		t.Errorf("%s does not match %s", f.Name(), wholefile.Pattern)
	}
	if err := errors.Join(f.Discard(), f.Discard()); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); got != "name=" {
		t.Errorf("in the folder: %s", got)
	}
	if _, err := wholefile.Create(filepath.Join(dir, "none", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Create in no folder = %v", err)
	}
}

// TestTheFolderIsTheOneThatWasOpened though another takes its name meanwhile.
func TestTheFolderIsTheOneThatWasOpened(t *testing.T) {
	dir := t.TempDir()
	mine, moved := filepath.Join(dir, "mine"), filepath.Join(dir, "moved")
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := wholefile.Create(filepath.Join(mine, "name"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(mine, moved), os.Mkdir(mine, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
	if got := names(t, moved) + names(t, mine); got != "name=" {
		t.Errorf("in the folders: %s", got)
	}
}
