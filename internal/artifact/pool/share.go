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

// copySize is how much XFS reserves for a write into a block that files share: that block
// alone. Its default is 32 blocks, most of which stay unused after a machine's small
// writes all over its disk; a disk took five times the space.
const copySize = 4096

// copyLittle sets the copySize of a folder and of what will be made in it. On other file
// systems this fails, which costs only space.
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
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, d.Fd(), setAttributes, uintptr(unsafe.Pointer(&a))) // fails if it is not XFS
}
