package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

// mknod makes a node with the folders above it.
func mknod(t *testing.T, path string, kind uint32, major, minor uint32) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), unix.Mknod(path, kind|0o644, int(unix.Mkdev(major, minor)))); err != nil {
		t.Fatal(err)
	}
}

// deep makes a node so deep that its path is too long to be opened, or only looks for it,
// and reports whether it is there.
func deep(t *testing.T, dir string, levels int, make bool) bool {
	t.Helper()
	at, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_PATH, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { unix.Close(at) }()
	name := strings.Repeat("d", 200)
	for range levels {
		if make {
			if err := unix.Mkdirat(at, name, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		next, err := unix.Openat(at, name, unix.O_DIRECTORY|unix.O_PATH, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(at)
		at = next
	}
	if make {
		if err := unix.Mknodat(at, "node", unix.S_IFBLK, int(unix.Mkdev(8, 0))); err != nil {
			t.Fatal(err)
		}
	}
	return unix.Fstatat(at, "node", new(unix.Stat_t), unix.AT_SYMLINK_NOFOLLOW) == nil
}

const levels = 300 // of 200 bytes each

// Nodes of the root of a disk. A guest chooses the names.
var (
	goes = []string{
		"disk", "root/mem", "root/a b", "root/new\nline", "root/\xff\xfe", "root/-rf", "root/..x", "boot/hidden", "srv/dev/disk", "var/lib/docker/disk",
	}
	stays = map[string][3]uint32{
		"dev/sda": {unix.S_IFBLK, 8, 0}, "dev/deeper/sda": {unix.S_IFBLK, 8, 0}, "var/lib/docker/whiteout": {unix.S_IFCHR, 0, 0},
		"var/lib/named/dev/null": {unix.S_IFCHR, 1, 3}, "var/lib/named/dev/random": {unix.S_IFCHR, 1, 8},
		"run/fifo": {unix.S_IFIFO, 0, 0}, "run/socket": {unix.S_IFSOCK, 0, 0},
	}
)

// withNodes makes a disk with nodes in its root and its /boot, and with a link to a folder
// of the host that has one too.
func withNodes(t *testing.T) (path string, root, boot disk.Partition, host string) {
	t.Helper()
	path = makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 64, "ext4"})
	l, err := disk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	host = t.TempDir()
	mknod(t, filepath.Join(host, "node"), unix.S_IFBLK, 8, 0)
	onPartition(t, path, l.Root, func(dir string) {
		for _, name := range goes {
			mknod(t, filepath.Join(dir, name), unix.S_IFBLK, 8, 0)
		}
		for name, n := range stays {
			mknod(t, filepath.Join(dir, name), n[0], n[1], n[2])
		}
		if err := errors.Join(os.Symlink(host, filepath.Join(dir, "out")), os.Link(filepath.Join(dir, "disk"), filepath.Join(dir, "linked"))); err != nil {
			t.Fatal(err)
		}
		deep(t, dir, levels, true)
	})
	onPartition(t, path, *l.Boot, func(dir string) { mknod(t, filepath.Join(dir, "dev/mem"), unix.S_IFCHR, 1, 1) })
	return path, l.Root, *l.Boot, host
}

func TestRemoveNodes(t *testing.T) {
	needRoot(t)
	path, root, boot, host := withNodes(t)
	n, err := disk.RemoveNodes(t.Context(), path)
	const others = 3 // the linked one, the deep one, the one of /boot
	if err != nil || n.Found != len(goes)+others || n.Left != 0 || n.Unseen {
		t.Errorf("%+v, %v", n, err)
	}
	for _, name := range append([]string{"linked", "boot/dev/mem"}, goes...) {
		if !slices.Contains(n.Named, "/"+name) {
			t.Errorf("%q was not named", name)
		}
	}
	onPartition(t, path, root, func(dir string) {
		for _, name := range append([]string{"linked"}, goes...) {
			if there(dir, name) {
				t.Errorf("%q is left", name)
			}
		}
		for name := range stays {
			if !there(dir, name) {
				t.Errorf("%q is gone", name)
			}
		}
		if deep(t, dir, levels, false) {
			t.Error("the deep one is left")
		}
	})
	onPartition(t, path, boot, func(dir string) {
		if there(dir, "dev/mem") {
			t.Error("the one of /boot is left")
		}
	})
	if !there(host, "node") {
		t.Error("a node of the host is gone")
	}
	nothingLeft(t, filepath.Dir(path))
	if err := disk.Check(t.Context(), path); err != nil {
		t.Error(err)
	}
	unchanged(t, path)
}

func there(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}

// unchanged calls RemoveNodes on a disk without nodes, which must not change.
func unchanged(t *testing.T, path string) {
	t.Helper()
	before, err := disk.Digest(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := disk.RemoveNodes(t.Context(), path); err != nil || n.Found != 0 {
		t.Errorf("%+v, %v", n, err)
	}
	if err := disk.Verify(t.Context(), path, &before); err != nil {
		t.Errorf("a disk without nodes was changed: %v", err)
	}
}

// TestRemoveNodesThatStay has nodes that cannot be removed, and more than are named.
func TestRemoveNodesThatStay(t *testing.T) {
	needRoot(t)
	path := makeExt4(t, 16*mib)
	onPartition(t, path, disk.Partition{}, func(dir string) {
		for i := range 30 {
			mknod(t, filepath.Join(dir, fmt.Sprint("some/", i)), unix.S_IFCHR, 10, uint32(i))
		}
		mknod(t, filepath.Join(dir, "still/node"), unix.S_IFBLK, 7, 0)
		command(t, "", "chattr", "+i", filepath.Join(dir, "still"))
	})
	n, err := disk.RemoveNodes(t.Context(), path)
	if err != nil || n.Found != 31 || n.Left != 1 || len(n.Named) != 20 {
		t.Errorf("%+v, %v", n, err)
	}
	nothingLeft(t, filepath.Dir(path))
}

// TestMoreFoldersThanAreLookedThrough checks that this is reported, with nodes and
// without.
func TestMoreFoldersThanAreLookedThrough(t *testing.T) {
	needRoot(t)
	path := makeExt4(t, 16*mib)
	onPartition(t, path, disk.Partition{}, func(dir string) {
		for i := range 30 {
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprint("some/", i)), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	})
	for most, unseen := range map[int]bool{20: true, 100: false} {
		disk.LookThrough(t, most)
		if n, err := disk.RemoveNodes(t.Context(), path); err != nil || n.Unseen != unseen {
			t.Errorf("of 30 folders, %d of them looked through: %+v, %v", most, n, err)
		}
	}
	nothingLeft(t, filepath.Dir(path))
}

// TestRemoveNodesOfADamagedDisk checks that the error reports the damage.
func TestRemoveNodesOfADamagedDisk(t *testing.T) {
	needRoot(t)
	path := makeExt4(t, 16*mib)
	command(t, "", "debugfs", "-w", "-R", "set_inode_field <2> mode 0", path)
	_, err := disk.RemoveNodes(t.Context(), path)
	wantError(t, err, "damaged")
	nothingLeft(t, filepath.Dir(path))
}
