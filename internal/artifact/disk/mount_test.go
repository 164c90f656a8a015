package disk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

func TestMountAndCloseLeaveNothing(t *testing.T) {
	needRoot(t)
	for name, path := range map[string]string{
		"separate /boot": makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"}),
		"one filesystem": makeExt4(t, 16*mib),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m, err := disk.Mount(t.Context(), path, dir)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(readFile(t, filepath.Join(dir, "hello"))); !strings.HasPrefix(text, "hello") {
				t.Error("the file is not there")
			}
			if _, err := os.Stat(filepath.Join(dir, "boot/hello")); (err == nil) != (name == "separate /boot") {
				t.Errorf("/boot: %v", err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			nothingLeft(t, filepath.Dir(path))
			nothingLeft(t, dir)
		})
	}
}

// TestCloseAgain closes a mount that was in use the first time.
func TestCloseAgain(t *testing.T) {
	needRoot(t)
	path, dir := makeExt4(t, 16*mib), t.TempDir()
	m, err := disk.Mount(t.Context(), path, dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err == nil {
		t.Error("a mount in use was closed")
	}
	f.Close()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, filepath.Dir(path))
}

// TestBootIsALink mounts a disk whose /boot is a link to a folder of the host.
func TestBootIsALink(t *testing.T) {
	needRoot(t)
	path, dir, victim := makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"}), t.TempDir(), t.TempDir()
	root := fmt.Sprintf("%s?offset=%d", path, (1+1+16)*mib)
	for _, order := range []string{"rmdir boot/efi", "rmdir boot", "symlink boot " + victim} {
		command(t, "", "debugfs", "-w", "-R", order, root)
	}
	if m, err := disk.Mount(t.Context(), path, dir); err == nil {
		t.Errorf("/boot was mounted through a link: %v", m.Close())
	}
	if len(names(t, victim)) > 0 {
		t.Error("the host's folder was used")
	}
	nothingLeft(t, filepath.Dir(path))
}

func TestLoopsOn(t *testing.T) {
	needRoot(t)
	path := makeExt4(t, 16*mib)
	loop, err := disk.Attach(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{path, filepath.Dir(path), filepath.Dir(path) + "/"} {
		if found, err := disk.LoopsOn(where); err != nil || len(found) != 1 || found[0].Path != loop.Path {
			t.Errorf("%s: %v, %v", where, found, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if found, err := disk.LoopsOn(filepath.Dir(path)); err != nil || len(found) != 1 {
		t.Errorf("with the file deleted: %v, %v", found, err)
	}
	if err := loop.Detach(); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, filepath.Dir(path))
	if err := loop.Detach(); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// TestDamageDoesNotPanic mounts file systems that ask the kernel to panic when it finds
// damage.
func TestDamageDoesNotPanic(t *testing.T) {
	needRoot(t)
	for name, c := range map[string]struct {
		mount func(ctx context.Context, path, dir string) (*disk.Mounted, error)
		want  []string
	}{
		"for a system": {disk.Mount, []string{"errors=remount-ro", "nodev", "nobarrier"}},
		"for files":    {disk.MountFiles, []string{"errors=remount-ro", "nosuid", "nodev", "noexec"}},
	} {
		t.Run(name, func(t *testing.T) {
			path, dir := makeExt4(t, 16*mib), t.TempDir()
			command(t, "", "tune2fs", "-e", "panic", path)
			m, err := c.mount(t.Context(), path, dir)
			if err != nil {
				t.Fatal(err)
			}
			has := strings.Split(optionsOf(t, dir), ",")
			for _, option := range c.want {
				if !slices.Contains(has, option) {
					t.Errorf("mounted with %v, without %s", has, option)
				}
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// optionsOf returns the options of a mount.
func optionsOf(t *testing.T, dir string) string {
	t.Helper()
	for line := range strings.Lines(string(readFile(t, "/proc/self/mounts"))) {
		if f := strings.Fields(line); f[1] == dir {
			return f[3]
		}
	}
	t.Fatalf("nothing is mounted at %s", dir)
	return ""
}

// TestMountFilesRepairs mounts a disk with a damaged inode.
func TestMountFilesRepairs(t *testing.T) {
	needRoot(t)
	path := makeExt4(t, 16*mib)
	command(t, "", "debugfs", "-w", "-R", "set_inode_field hello links_count 7", path)
	wantError(t, disk.Check(t.Context(), path), "damaged")
	m, err := disk.MountFiles(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := disk.Check(t.Context(), path); err != nil {
		t.Error(err)
	}
}
