package pool

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fsxattr is the kernel's struct of that name (linux/fs.h).
type fsxattr struct {
	Flags, ExtentSize, Extents, Project, CopySize uint32

	_ [8]byte
}

const (
	getAttributes = 0x801c581f // FS_IOC_FSGETXATTR
	setAttributes = 0x401c5820 // FS_IOC_FSSETXATTR
	hasCopySize   = 1 << 16    // FS_XFLAG_COWEXTSIZE
)

// copySize is how much XFS sets aside for a write into a block that files share: that
// block alone. Its own measure is 32 blocks, of which a machine's small writes all over
// its disk leave most unused; a version took five times the space.
const copySize = 4096

// copyLittle gives a folder, and what will be made in it, the copySize. Other file
// systems know no such thing, and then only space is lost.
func copyLittle(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	var a fsxattr
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, d.Fd(), getAttributes, uintptr(unsafe.Pointer(&a))); errno != 0 {
		return
	}
	a.Flags, a.CopySize = a.Flags|hasCopySize, copySize
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, d.Fd(), setAttributes, uintptr(unsafe.Pointer(&a))) // it is no XFS
}
