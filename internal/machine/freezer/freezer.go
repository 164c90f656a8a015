// Package freezer copies the disk of a running sandbox: it freezes the mounted file
// system, clones the disk file and thaws.
//
// It runs as a process of its own. If the process that froze a disk dies before the thaw,
// no process of the machine can even be killed. So this process does nothing else, and it
// thaws on a timer and on every signal that it can catch. The reconciler thaws what a
// killed one left.
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

// maxFrozen bounds a freeze. A clone takes milliseconds, and a second under full write
// load.
const maxFrozen = 15 * time.Second

// Descriptors that the process may be started with.
const (
	lockFD  = 3 // the lock that its starter holds during the copy
	mountFD = 4 // the mount point
)

// Mount is the mount point that the process was started with.
var Mount = fmt.Sprintf("/proc/self/fd/%d", mountFD)

// Main runs the process and returns its exit status. The arguments are the mount point,
// the disk file and the copy to make.
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

// sameDisk returns an error if the file system at mount is not on the disk. When a
// machine ends, its mount point becomes a folder of the host's.
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

// loopMajor is the major number of loop devices.
const loopMajor = 7

// frozen calls f while the file system is frozen. A timer or a signal ends the process.
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

// abandon thaws and ends the process. While the kernel still waits for writers, a thaw
// has no effect, and the file system would be frozen after our end. So abandon thaws
// again when the freeze is complete.
func abandon(m *os.File, asked <-chan struct{}) {
	_ = filesystem.Thaw(m)
	<-asked
	_ = filesystem.Thaw(m)
	os.Exit(1)
}
