// Package freezer copies the disk of a running sandbox: it freezes the mounted file
// system, clones the disk file and thaws.
//
// It runs as a process of its own. If whoever freezes dies before the thaw, nothing
// of the machine can even be killed; so this process does nothing else, thaws on a
// timer and on every signal that it can see, and the reconciler thaws what a killed
// one left.
package freezer

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/filesystem"
	"ingot/internal/machine/folder"
	"ingot/internal/wholefile"
)

// maxFrozen is how long a machine may stand still. A clone takes milliseconds, and
// a second under full write load.
const maxFrozen = 15 * time.Second

// Descriptors that the process may be started with.
const (
	lockFD  = 3 // the lock of whoever copies the disk
	mountFD = 4 // the mount point
)

// Mount is the mount point that the process was started with.
var Mount = fmt.Sprintf("/proc/self/fd/%d", mountFD)

// Main is the body of the process: arguments are the mount point, the disk file
// and the copy to make. It gives the exit status.
func Main(args []string) int {
	if len(args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: freezer MOUNT DISK COPY")
		return 2
	}
	if args[0] == Mount {
		if err := folder.Own(lockFD); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := copyFrozen(args[0], args[1], args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func copyFrozen(mount, disk, dst string) error {
	m, err := os.Open(mount)
	if err != nil {
		return err
	}
	defer m.Close()
	src, err := os.Open(disk)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := sameDisk(m, src); err != nil {
		return err
	}
	out, err := wholefile.Create(dst)
	if err != nil {
		return err
	}
	if err := frozen(m, func() error { return unix.IoctlFileClone(int(out.Fd()), int(src.Fd())) }); err != nil {
		return errors.Join(fmt.Errorf("copying the disk of a running machine: %w", err), out.Discard())
	}
	return out.Commit()
}

// sameDisk refuses to freeze a file system that does not lie on the disk. When a machine
// ends, its mount point becomes a folder of the host's.
func sameDisk(mount, disk *os.File) error {
	var on, file unix.Stat_t
	if err := errors.Join(unix.Fstat(int(mount.Fd()), &on), unix.Fstat(int(disk.Fd()), &file)); err != nil {
		return err
	}
	loop, err := os.Open(fmt.Sprintf("/dev/loop%d", unix.Minor(on.Dev)))
	if err == nil && unix.Major(on.Dev) == loopMajor {
		defer loop.Close()
		info, err := unix.IoctlLoopGetStatus64(int(loop.Fd()))
		if err == nil && info.Device == file.Dev && info.Inode == file.Ino {
			return nil
		}
	}
	return fmt.Errorf("the disk %s is no longer mounted", disk.Name())
}

// loopMajor is the number of all loop devices.
const loopMajor = 7

// frozen runs f while the file system is frozen. A timer or a signal ends it.
func frozen(m *os.File, f func() error) error {
	asked := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGPIPE)
	late := time.AfterFunc(maxFrozen, func() { abandon(m, asked) })
	defer late.Stop()
	go func() { <-signals; abandon(m, asked) }()
	err := filesystem.Freeze(m)
	close(asked)
	if err != nil {
		return fmt.Errorf("freezing: %w", err)
	}
	defer func() { _ = filesystem.Thaw(m) }()
	return f()
}

// abandon thaws and ends the process. While the kernel still waits for writers the
// file system cannot be thawed, and would be frozen after our end; so it is thawed
// again when the kernel has answered.
func abandon(m *os.File, asked <-chan struct{}) {
	_ = filesystem.Thaw(m)
	<-asked
	_ = filesystem.Thaw(m)
	os.Exit(1)
}
