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
	files  bool   // for its files alone
	mounts []string
	loops  []*Loop
}

// Mount mounts a disk at dir for a system that runs on it: the root, a separate
// /boot, and the ESP where the kernel can. Close must be called.
func Mount(ctx context.Context, path, dir string) (*Mounted, error) {
	return mount(ctx, path, &Mounted{Dir: dir})
}

// MountFiles mounts a disk at dir for somebody who reads and writes its files and
// runs none of them. The file systems are repaired before: a guest may have damaged
// them, and programs bear that better than the host's kernel.
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

// kernelHas says whether the kernel knows a file system now.
func kernelHas(kind string) bool {
	known, err := os.ReadFile("/proc/filesystems")
	return err == nil && strings.Contains(string(known), "\t"+kind+"\n")
}

func (m *Mounted) add(ctx context.Context, path string, p Partition, dir, kind string) error {
	// What is below the root comes from the image: a link there must not lead out.
	if !isFolder(dir) {
		return fmt.Errorf("mounting partition %d: %s is no folder", p.Number, dir)
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

// options say what the kernel does when it meets damage: without a word of ours it
// would do what the file system says, and that may be to panic. A disk that is at work
// is lost with its host anyway, and goes on from its last node; so nothing that is
// synced on it has to wait for the host's disk. Who keeps a disk syncs its file.
var options = map[string]string{"ext4": "errors=remount-ro,barrier=0", "vfat": "errors=remount-ro"}

// Flags of a mount. A disk may have device nodes on it, which a system that had a kernel
// of its own could make: on this host they would be doors to the host's devices. They
// are none on any mount of a disk. Programs of the disk and the rights that they gain are
// for the system that runs on it, and for nobody who only looks at its files.
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

// Close unmounts everything and makes sure that no loop device is left. A mount
// that is still in use is an error; it can be closed again later.
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
