package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Mounted is a disk whose file systems are mounted on the host.
type Mounted struct {
	Dir    string // mount point of the root
	files  bool   // flags and repair of MountFiles
	mounts []string
	loops  []*Loop
}

// Mount mounts a disk at dir for a system that runs on it: the root, a separate
// /boot, and the ESP where the kernel can. Close must be called.
func Mount(ctx context.Context, path, dir string) (*Mounted, error) {
	return mount(ctx, path, &Mounted{Dir: dir})
}

// MountFiles mounts a disk at dir for a caller that reads and writes its files and runs
// none of them. It repairs the file systems first: a guest may have damaged them, and
// e2fsck handles damage better than the host's kernel.
func MountFiles(ctx context.Context, path, dir string) (*Mounted, error) {
	return mount(ctx, path, &Mounted{Dir: dir, files: true})
}

func mount(ctx context.Context, path string, m *Mounted) (*Mounted, error) {
	l, err := Read(path)
	if err != nil {
		return nil, err
	}
	err = m.add(ctx, path, l.Root, m.Dir, "ext4")
	if err == nil && l.Boot != nil {
		err = m.add(ctx, path, *l.Boot, filepath.Join(m.Dir, "boot"), "ext4")
	}
	if err == nil && l.ESP != nil && kernelHas("vfat") && isFolder(filepath.Join(m.Dir, "boot")) {
		err = m.add(ctx, path, *l.ESP, filepath.Join(m.Dir, "boot/efi"), "vfat")
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

// kernelHas reports whether the kernel supports a file system now.
func kernelHas(kind string) bool {
	known, err := os.ReadFile("/proc/filesystems")
	return err == nil && strings.Contains(string(known), "\t"+kind+"\n")
}

func (m *Mounted) add(ctx context.Context, path string, p Partition, dir, kind string) error {
	// What is below the root comes from the image: a link there must not lead out.
	if !isFolder(dir) {
		return fmt.Errorf("mounting partition %d: %s is not a folder", p.Number, dir)
	}
	loop, err := attach(path, p)
	if err != nil {
		return err
	}
	m.loops = append(m.loops, loop)
	if m.files && kind == "ext4" {
		if err := repair(ctx, loop.Path); err != nil {
			return fmt.Errorf("repairing partition %d of %s: %w", p.Number, path, err)
		}
	}
	if err := unix.Mount(loop.Path, dir, kind, m.flags(), options[kind]); err != nil {
		return fmt.Errorf("mounting partition %d of %s: %w", p.Number, path, err)
	}
	m.mounts = append(m.mounts, dir)
	return nil
}

// options are the mount options of each file system. Without errors=remount-ro the file
// system itself chooses what the kernel does about damage, and it may choose to panic.
// There are no barriers, because a disk in use is lost with its host anyway and its build
// continues from the last node; whoever keeps a disk syncs its file.
var options = map[string]string{"ext4": "errors=remount-ro,barrier=0", "vfat": "errors=remount-ro"}

// Flags of a mount. A virtual machine can make any device node on its disk, and on this
// host such a node would open the host's device; so every mount of a disk has MS_NODEV.
// Programs of the disk, and the rights that they gain, are for the system that runs on it
// alone.
const (
	systemFlags = unix.MS_NOATIME | unix.MS_NODEV
	filesFlags  = systemFlags | unix.MS_NOSUID | unix.MS_NOEXEC
)

func (m *Mounted) flags() uintptr {
	if m.files {
		return filesFlags
	}
	return systemFlags
}

// Close unmounts everything and detaches the loop devices. It returns an error if a mount
// is still in use, and can be called again later.
func (m *Mounted) Close() error {
	for len(m.mounts) > 0 {
		last := m.mounts[len(m.mounts)-1]
		if err := unix.Unmount(last, 0); err != nil {
			return fmt.Errorf("unmounting %s: %w", last, err)
		}
		m.mounts = m.mounts[:len(m.mounts)-1]
	}
	for len(m.loops) > 0 {
		if err := m.loops[len(m.loops)-1].Detach(); err != nil {
			return err
		}
		m.loops = m.loops[:len(m.loops)-1]
	}
	return nil
}
