package disk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

const secret = "what only the host may read"

// hostDevice makes a loop device of the host on a file with a secret, and returns its
// number.
func hostDevice(t *testing.T) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "host.raw")
	truncate(t, path, mib)
	writeAt(t, path, []byte(secret), 0)
	loop, err := disk.Attach(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := loop.Detach(); err != nil {
			t.Error(err)
		}
	})
	var s unix.Stat_t
	if err := unix.Stat(loop.Path, &s); err != nil {
		t.Fatal(err)
	}
	return int(s.Rdev)
}

// makeNodes puts device nodes into the root and into the /boot of a disk, as a virtual
// machine that runs on it can: the host's loop device, and its kernel's log. It also
// checks that they open on a mount without flags.
func makeNodes(t *testing.T, path string, device int) (nodes []string) {
	t.Helper()
	l, err := disk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for below, p := range map[string]*disk.Partition{"": &l.Root, "boot": l.Boot} {
		for name, mode := range map[string]uint32{"block": unix.S_IFBLK, "char": unix.S_IFCHR} {
			number := device
			if mode == unix.S_IFCHR {
				number = int(unix.Mkdev(1, 11))
			}
			onPartition(t, path, *p, func(dir string) {
				node := filepath.Join(dir, name)
				if err := errors.Join(unix.Mknod(node, mode|0o666, number), unix.Chmod(node, 0o666)); err != nil {
					t.Fatal(err)
				}
				if text := readStart(t, node); mode == unix.S_IFBLK && text != secret {
					t.Fatalf("without the flags the node gives %q", text)
				}
			})
			nodes = append(nodes, filepath.Join(below, name))
		}
	}
	return nodes
}

func onPartition(t *testing.T, path string, p disk.Partition, do func(dir string)) {
	t.Helper()
	dir := t.TempDir()
	loop, err := disk.AttachPartition(path, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(loop.Path, dir, "ext4", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(unix.Unmount(dir, 0), loop.Detach()); err != nil {
			t.Error(err)
		}
	}()
	do(dir)
}

func readStart(t *testing.T, node string) string {
	t.Helper()
	f, err := os.Open(node)
	if err != nil {
		t.Fatalf("without the flags the node cannot be opened: %v", err)
	}
	defer f.Close()
	b := make([]byte, len(secret))
	n, _ := f.Read(b)
	return string(b[:n])
}

// TestDeviceNodesDoNotOpen mounts a disk in each way that there is.
func TestDeviceNodesDoNotOpen(t *testing.T) {
	needRoot(t)
	device := hostDevice(t)
	path := makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"})
	nodes := makeNodes(t, path, device)
	for name, mount := range map[string]func(ctx context.Context, path, dir string) (*disk.Mounted, error){
		"for a system": disk.Mount, "for files": disk.MountFiles,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m, err := mount(t.Context(), path, dir)
			if err != nil {
				t.Fatal(err)
			}
			noDevices(t, dir, nodes)
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	nothingLeft(t, filepath.Dir(path))
}

// noDevices checks that the nodes exist and cannot be opened.
func noDevices(t *testing.T, dir string, nodes []string) {
	t.Helper()
	for _, n := range nodes {
		node := filepath.Join(dir, n)
		if info, err := os.Lstat(node); err != nil || info.Mode()&os.ModeDevice == 0 {
			t.Errorf("%s is not a device node: %v", n, err)
		}
		f, err := os.Open(node)
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("opening %s gives %v", n, err)
		}
		if err == nil {
			f.Close()
		}
	}
}

// TestMountFilesOfADevice mounts a device that another process has attached, such as of a
// disk that was left frozen and was not checked for damage.
func TestMountFilesOfADevice(t *testing.T) {
	needRoot(t)
	path, dir := makeExt4(t, 16*mib), t.TempDir()
	onPartition(t, path, disk.Partition{}, func(at string) {
		if err := unix.Mknod(filepath.Join(at, "block"), unix.S_IFBLK|0o666, hostDevice(t)); err != nil {
			t.Fatal(err)
		}
	})
	command(t, "", "tune2fs", "-e", "panic", path)
	if _, err := disk.Attach(path); err != nil {
		t.Fatal(err)
	}
	loops, err := disk.LoopsOn(path)
	if err != nil || len(loops) != 1 {
		t.Fatal(loops, err)
	}
	if err := loops[0].MountFiles(dir); err != nil {
		t.Fatal(err)
	}
	noDevices(t, dir, []string{"block"})
	has := strings.Split(optionsOf(t, dir), ",")
	for _, option := range []string{"errors=remount-ro", "nosuid", "nodev", "noexec"} {
		if !slices.Contains(has, option) {
			t.Errorf("mounted with %v, without %s", has, option)
		}
	}
	if err := errors.Join(unix.Unmount(dir, 0), loops[0].Detach()); err != nil {
		t.Error(err)
	}
}
