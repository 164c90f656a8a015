// Package filesystem has mounted file systems do what is no reading or writing: stand
// still, go on, and give back what they do not use. A file system is named by an open
// file on it.
package filesystem

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ioctls of a file system, with the same numbers on every machine we know.
const (
	fiFreeze = 0xC0045877 // _IOWR('X', 119, int)
	fiThaw   = 0xC0045878
	fiTrim   = 0xC0185879 // _IOWR('X', 121, three words)
)

// Freeze writes everything out and stops all writes until [Thaw].
func Freeze(on *os.File) error { return unix.IoctlSetInt(int(on.Fd()), fiFreeze, 0) }

// Thaw lets a frozen file system go on; one that is not frozen is no error.
func Thaw(on *os.File) error {
	err := unix.IoctlSetInt(int(on.Fd()), fiThaw, 0)
	if errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}

// Trim gives back the blocks of what was removed: they are free when the removal is
// written out, not before. The error is that of writing. Where blocks cannot be given
// back, only space is lost.
func Trim(on *os.File) error {
	err := unix.Syncfs(int(on.Fd()))
	all := struct{ start, length, smallest uint64 }{length: ^uint64(0)}
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, on.Fd(), fiTrim, uintptr(unsafe.Pointer(&all)))
	return err
}
