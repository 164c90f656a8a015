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
	mounts []string
	loops  []*Loop
}

// Mount mounts a disk at dir: the root, a separate /boot, and the ESP where the
// kernel can. Close must be called.
func Mount(ctx context.Context, path, dir string) (*Mounted, error) {
	l, err := Read(path)
	if err != nil {
		return nil, err
	}
	m := &Mounted{Dir: dir}
	if err := m.add(path, l.Root, dir, "ext4"); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	if l.Boot != nil {
		if err := m.add(path, *l.Boot, filepath.Join(dir, "boot"), "ext4"); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	if l.ESP != nil && kernelHas("vfat") && isFolder(filepath.Join(dir, "boot")) {
		if err := m.add(path, *l.ESP, filepath.Join(dir, "boot/efi"), "vfat"); err != nil {
			return nil, errors.Join(err, m.Close())
		}
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

func (m *Mounted) add(path string, p Partition, dir, kind string) error {
	// What is below the root comes from the image: a link there must not lead out.
	if !isFolder(dir) {
		return fmt.Errorf("mounting partition %d: %s is no folder", p.Number, dir)
	}
	loop, err := attach(path, p)
	if err != nil {
		return err
	}
	m.loops = append(m.loops, loop)
	if err := unix.Mount(loop.Path, dir, kind, unix.MS_NOATIME, ""); err != nil {
		return fmt.Errorf("mounting partition %d of %s: %w", p.Number, path, err)
	}
	m.mounts = append(m.mounts, dir)
	return nil
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
