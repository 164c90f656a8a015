package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/supervise"
)

// leaveOthers unmounts mounts that were copied with the namespace: those in the machines'
// folder, of disks that were just being prepared or thawed, and the pools of other
// servers. Otherwise their loop devices would be in use as long as the machine lives.
func leaveOthers(machines string) error {
	points, err := supervise.Mounts("") // all
	for _, p := range slices.Backward(points) {
		if strings.HasPrefix(p, machines+"/") || (isPool(p) && !strings.HasPrefix(machines, p+"/")) {
			err = errors.Join(err, unix.Unmount(p, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW))
		}
	}
	return err
}

// isPool reports whether a mount point is the pool of a server, by pool.img beside it.
func isPool(point string) bool {
	if filepath.Base(point) != "pool" {
		return false
	}
	_, err := os.Stat(point + ".img")
	return err == nil
}

// submount is a file system that the machine has below its root.
type submount struct {
	from string // where it is mounted on the host
	to   string // where the machine sees it
}

// mount mounts the disk. Owners are mapped for one file system at a time, so mount moves
// those below the root (/boot, the ESP) beside it, and nspawn mounts each in its place.
func (s *supervisor) mount() error {
	root := filepath.Join(s.dir, mountDir)
	if _, err := disk.Mount(context.Background(), diskPath, root); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), diskPath, s.id.Disk))
	}
	points, err := supervise.Mounts(root)
	if err != nil {
		return err
	}
	for n := len(points) - 1; n >= 0; n-- {
		to, ok := strings.CutPrefix(points[n], root)
		if !ok || to == "" {
			continue
		}
		from := filepath.Join(s.dir, fmt.Sprintf("%s%d", mountDir, n))
		if err := moveMount(points[n], from); err != nil {
			return fmt.Errorf("mounting %s of the disk: %w", to, err)
		}
		s.apart = append([]submount{{from, to}}, s.apart...)
	}
	return nil
}

// handedIn are the folders of the host that the machine sees.
var handedIn = []string{hostDir, runDir}

// cover mounts each of handedIn over itself, without devices. They must exist.
func (s *supervisor) cover() (err error) {
	for _, name := range handedIn {
		err = errors.Join(err, withoutDevices(filepath.Join(s.dir, name)))
	}
	return err
}

// uncover removes those mounts, if they exist.
func (s *supervisor) uncover() (err error) {
	for _, name := range handedIn {
		gone := unix.Unmount(filepath.Join(s.dir, name), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
		if gone != nil && !errors.Is(gone, unix.EINVAL) && !errors.Is(gone, unix.ENOENT) {
			err = errors.Join(err, fmt.Errorf("unmounting %s of the life before: %w", name, gone))
		}
	}
	return err
}

// withoutDevices mounts a folder over itself with nodev and nosuid, so that the machine
// gets neither devices nor rights from it.
func withoutDevices(dir string) error {
	err := unix.Mount(dir, dir, "", unix.MS_BIND, "")
	if err == nil {
		err = unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_NODEV|unix.MS_NOSUID, "")
	}
	if err != nil {
		return fmt.Errorf("mounting %s for the machine: %w", dir, err)
	}
	return nil
}

func moveMount(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Unmount(from, unix.UMOUNT_NOFOLLOW)
}
