package disk

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fiTrim is the ioctl that frees unused blocks (_IOWR('X', 121, three words)).
const fiTrim = 0xC0185879

// Trim gives back the blocks of what was removed from a mounted file system, which an
// open file on it names. Where that is not possible, only space is lost. Removed
// blocks are free when the removal is written out, not before.
func Trim(on *os.File) {
	_ = unix.Syncfs(int(on.Fd()))      // its errors come again when the disk is let go
	all := [3]uint64{0, ^uint64(0), 0} // start, length, least extent
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, on.Fd(), fiTrim, uintptr(unsafe.Pointer(&all[0])))
}
