package tree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/test/e2e/tree"
)

// plant makes one difference of a kind in a tree.
var plants = map[string]func(root string) error{
	"a content":   func(r string) error { return os.WriteFile(r+"/etc/file", []byte("other"), 0o644) },
	"a new file":  func(r string) error { return os.WriteFile(r+"/etc/new", nil, 0o644) },
	"a lost file": func(r string) error { return os.Remove(r + "/etc/file") },
	"a mode":      func(r string) error { return os.Chmod(r+"/etc/file", 0o600) },
	"a setuid":    func(r string) error { return os.Chmod(r+"/etc/file", 0o644|os.ModeSetuid) },
	"a target": func(r string) error {
		if err := os.Remove(r + "/etc/link"); err != nil {
			return err
		}
		return os.Symlink("elsewhere", r+"/etc/link")
	},
	"a kind": func(r string) error {
		if err := os.Remove(r + "/etc/file"); err != nil {
			return err
		}
		return os.Mkdir(r+"/etc/file", 0o644)
	},
	"an attribute": func(r string) error { return unix.Lsetxattr(r+"/etc/file", "user.note", []byte("x"), 0) },
}

func sample(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, err := range []error{
		os.Mkdir(root+"/etc", 0o755), os.WriteFile(root+"/etc/file", []byte("text"), 0o644), os.Symlink("file", root+"/etc/link"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t *testing.T, root string) tree.Tree {
	t.Helper()
	got, err := tree.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEqualTreesHaveNoDifference(t *testing.T) {
	if d := tree.Differences(read(t, sample(t)), read(t, sample(t)), nil); d != nil {
		t.Errorf("equal trees differ: %v", d)
	}
}

func TestEveryKindOfDifferenceIsFound(t *testing.T) {
	if os.Geteuid() == 0 {
		plants["an owner"] = func(r string) error { return os.Chown(r+"/etc/file", 1, 0) }
		plants["a device"] = func(r string) error { return unix.Mknod(filepath.Join(r, "null"), unix.S_IFCHR, 259) }
	}
	for name, plant := range plants {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			clean, planted := sample(t), sample(t)
			if err := plant(planted); err != nil {
				t.Fatal(err)
			}
			if d := tree.Differences(read(t, clean), read(t, planted), nil); len(d) == 0 {
				t.Errorf("%s was not found", name)
			}
		})
	}
}

func TestVolatileListIsGuarded(t *testing.T) {
	for _, bad := range []tree.Volatile{
		{"/var/lib/dpkg/status": "x"}, {"/etc/passwd": "x"}, {"/boot/grub/grub.cfg": "x"}, {"/etc/systemd/system/a.service": "x"},
		{"/var/log/": "x"}, {"/var/log/*": "x"}, {"/var/log/a": ""},
		{"1": "x", "2": "x", "3": "x", "4": "x", "5": "x", "6": "x", "7": "x", "8": "x", "9": "x", "10": "x", "11": "x"},
	} {
		if tree.Allowed(bad) == nil {
			t.Errorf("%v is allowed", bad)
		}
	}
	if err := tree.Allowed(tree.Volatile{"/var/log/apt/term.log": "times"}); err != nil {
		t.Error(err)
	}
}
