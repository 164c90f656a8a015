package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/filelock"
	"ingot/internal/filesystem"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/supervise"
)

// mountOf opens the mount point of a live machine's disk, which is in the supervisor's
// mount namespace. Without a supervisor the error is [supervise.ErrGone].
func mountOf(ctx context.Context, dir string) (*os.File, error) {
	conn, err := kind.Order(ctx, dir, supervise.Watch)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	p, err := folder.Peer(conn)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", supervise.ErrGone, err)
	}
	defer func() { _ = p.Release() }() // it is not our child
	mount, err := os.Open(filepath.Join("/proc", fmt.Sprint(p.Pid), "root", dir, mountDir))
	if err != nil {
		return nil, err
	}
	if p.Signal(unix.Signal(0)) != nil { // the number may be another process's
		return nil, errors.Join(supervise.ErrGone, mount.Close())
	}
	return mount, nil
}

// thawLeftOver thaws the disk of a live machine whose freezer was killed. It does nothing
// while a freezer works.
func thawLeftOver(ctx context.Context, dir string) error {
	lock, err := filelock.Try(filepath.Join(dir, freezeFile))
	if errors.Is(err, filelock.ErrLocked) || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	mount, err := mountOf(ctx, dir)
	if errors.Is(err, supervise.ErrGone) || errors.Is(err, os.ErrNotExist) {
		return nil // without a mount it is thawed through its loop device
	}
	if err != nil {
		return err
	}
	return errors.Join(filesystem.Thaw(mount), mount.Close())
}

// thaw thaws the file system at a mount point of ours.
func thaw(mount string) error {
	f, err := os.Open(mount)
	if err != nil {
		return err
	}
	defer f.Close()
	return filesystem.Thaw(f)
}

// thawDevices thaws the file systems on loop devices, wherever they are mounted. A frozen
// file system outlives its mounts, and another mount of its device reaches it.
func thawDevices(loops []disk.Loop, dir string) (all error) {
	if len(loops) == 0 {
		return nil
	}
	point, err := os.MkdirTemp(dir, "thaw-")
	if err != nil {
		return err
	}
	defer func() { all = errors.Join(all, os.Remove(point)) }()
	for _, l := range loops {
		if l.MountFiles(point) != nil {
			continue // not a file system that could be frozen
		}
		all = errors.Join(all, thaw(point), unix.Unmount(point, 0))
	}
	return all
}

// endFreezer kills the freezer of a machine, and thaws until it has ended, because a
// process that waits for a frozen disk cannot end. A freezer of a release that did not
// own its lock ends by itself after the thaw.
func endFreezer(ctx context.Context, dir, file string) error {
	path := filepath.Join(dir, freezeFile)
	for filelock.Held(path) {
		if p, err := folder.Owner(path); err == nil && p != nil {
			_ = p.Kill() // it may have ended
			_ = p.Release()
		}
		if err := thawAll(dir, file); err != nil {
			return err
		}
		if supervise.Pause(ctx) != nil {
			return fmt.Errorf("the process that copies the disk of the machine in %s does not end", dir)
		}
	}
	return nil
}

// thawAll thaws the disk of a machine, by its mount in the supervisor and by its device
// elsewhere.
func thawAll(dir, file string) error {
	if mount := filepath.Join(dir, mountDir); mounted(mount) {
		return thaw(mount)
	}
	loops, err := loopsOf(dir, file)
	if err != nil {
		return err
	}
	return thawDevices(loops, dir)
}

// mounted reports whether something is mounted at a point.
func mounted(point string) bool {
	all, err := supervise.Mounts(point)
	return err == nil && slices.Contains(all, point)
}
