package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/freezer"

	"ingot/internal/machine/folder"
)

// mountOf is the path by which anybody on the host reaches the mounted disk of a
// live machine: it goes through the supervisor's mount namespace.
func mountOf(ctx context.Context, dir string) (string, error) {
	conn, err := order(ctx, dir, orderWatch)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	pid, err := peerOf(conn)
	if err != nil {
		return "", err
	}
	return filepath.Join("/proc", fmt.Sprint(pid), "root", dir, mountDir), nil
}

// thawLeftOver thaws the disk of a live machine whose freezer was killed. Where a
// freezer is at work it does nothing.
func thawLeftOver(ctx context.Context, dir string) error {
	lock, err := folder.Lock(filepath.Join(dir, freezeFile))
	if errors.Is(err, folder.ErrLocked) || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	mount, err := mountOf(ctx, dir)
	if errors.Is(err, errGone) {
		return nil // what is not there any more is thawed with its loop device
	}
	if err != nil {
		return err
	}
	if err := thaw(mount); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil // its supervisor is just ending
}

// thaw lets the file system at a mount point of ours go on.
func thaw(mount string) error {
	f, err := os.Open(mount)
	if err != nil {
		return err
	}
	defer f.Close()
	return freezer.Thaw(f)
}

// thawDevices thaws what is on loop devices, whoever still has it mounted: a frozen
// file system outlives its mounts, and mounting its device once more finds it.
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
			continue // no file system that could have been frozen
		}
		all = errors.Join(all, thaw(point), unix.Unmount(point, 0))
	}
	return all
}
