package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Loop is a loop device over a part of a disk file.
type Loop struct {
	Path string // /dev/loopN
	file string
	held *os.File // keeps a device of attachLoop
}

// Attach attaches a loop device to a whole file. The caller must detach it.
func Attach(path string) (*Loop, error) { return attach(path, Partition{}) }

// attachLoop attaches a loop device to a partition until it is detached or this process
// ends, however it ends. Nothing looks for devices left on disks that belong to no
// machine.
func attachLoop(path string, p Partition) (*Loop, error) {
	return connect(path, p, unix.LO_FLAGS_AUTOCLEAR)
}

// File returns the disk file of the device.
func (l *Loop) File() string { return l.file }

// attach attaches a loop device to a partition. It outlives this process.
func attach(path string, p Partition) (*Loop, error) {
	loop, err := connect(path, p, 0)
	if err != nil {
		return nil, err
	}
	err = loop.held.Close()
	loop.held = nil
	return loop, err
}

// connect attaches a loop device to a partition and keeps it open. It uses no partition
// nodes, so it works where there is no udev.
func connect(path string, p Partition, flags uint32) (*Loop, error) {
	backing, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("loop devices are not available here: %w", err)
	}
	defer control.Close()
	for range 64 { // others may take the free device first
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("finding a free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", n)
		held, err := configure(device, backing, p, flags)
		if err == nil {
			return &Loop{Path: device, file: path, held: held}, nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("attaching %s: %w", device, err)
		}
	}
	return nil, errors.New("no loop device is free")
}

func configure(device string, backing *os.File, p Partition, flags uint32) (*os.File, error) {
	d, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c := unix.LoopConfig{Fd: uint32(backing.Fd()), Size: loopBlock(backing, p.Start)}
	c.Info.Offset, c.Info.Sizelimit, c.Info.Flags = uint64(p.Start), uint64(p.Size), flags
	copy(c.Info.File_name[:], backing.Name())
	if err := unix.IoctlLoopConfigure(int(d.Fd()), &c); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// loopBlock returns the block size of a loop device for what is on it: a file system
// cannot be mounted from a device whose blocks are larger than its own.
func loopBlock(r io.ReaderAt, start int64) uint32 {
	const extBlock, xfsSector, page = 1048, 102, 4096
	b := make([]byte, 4)
	switch kind := fileSystem(r, start); kind {
	case "ext":
		if _, err := r.ReadAt(b, start+extBlock); err == nil && binary.LittleEndian.Uint32(b) == 2 { // 1024 << 2
			return page
		}
	case "XFS":
		if _, err := r.ReadAt(b, start+xfsSector); err == nil && binary.BigEndian.Uint16(b) == page {
			return page
		}
	}
	return Sector
}

// detachTime bounds how long the kernel may take to let go of a device.
const detachTime = 10 * time.Second

// Detach detaches the device and waits until it is free.
func (l *Loop) Detach() error {
	if err := l.letGo(); err != nil {
		return fmt.Errorf("detaching %s: %w", l.Path, err)
	}
	for end := time.Now().Add(detachTime); l.attached(); {
		if time.Now().After(end) {
			return fmt.Errorf("%s still uses %s", l.Path, l.file)
		}
		time.Sleep(5 * time.Millisecond) // the kernel does not notify when the last user is gone
	}
	return nil
}

func (l *Loop) letGo() error {
	if l.held != nil {
		return l.held.Close()
	}
	d, err := os.OpenFile(l.Path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.IoctlSetInt(int(d.Fd()), unix.LOOP_CLR_FD, 0); !errors.Is(err, unix.ENXIO) {
		return err
	}
	return nil // it is free already
}

// MountFiles mounts the ext4 file system of a device that this process did not attach,
// with the flags of [MountFiles]. If it is mounted elsewhere too, both mounts show the
// same file system.
func (l *Loop) MountFiles(dir string) error {
	return unix.Mount(l.Path, dir, "ext4", filesFlags, options["ext4"])
}

// attached reports whether the device is still on our file.
func (l *Loop) attached() bool {
	name, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(l.Path), "loop/backing_file"))
	return err == nil && strings.TrimSuffix(strings.TrimSpace(string(name)), " (deleted)") == l.file
}

// LoopsOn returns the loop devices on a file, or on the files below a folder.
func LoopsOn(path string) ([]Loop, error) {
	entries, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	var all []Loop
	for _, e := range entries {
		name, err := os.ReadFile(e)
		if err != nil {
			continue // detached meanwhile
		}
		file := strings.TrimSuffix(strings.TrimSpace(string(name)), " (deleted)")
		if file == path || strings.HasPrefix(file, strings.TrimSuffix(path, "/")+"/") {
			all = append(all, Loop{Path: "/dev/" + strings.Split(e, "/")[3], file: file})
		}
	}
	return all, nil
}
