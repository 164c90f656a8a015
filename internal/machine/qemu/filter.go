package qemu

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// denied are system calls that QEMU's own filter allows and QEMU does not need: they make
// namespaces, mounts and programs for the kernel, inspect other processes, or have had
// many faults.
var denied = []uint32{
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_ACCT, unix.SYS_QUOTACTL,
}

// families are the socket families that QEMU may use. Some others, such as vsock, ignore
// namespaces.
var families = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6}

// Offsets in struct seccomp_data, on little-endian machines.
const (
	callAt     = 0
	archAt     = 4
	argumentAt = 16
)

// x32 is the bit in the numbers of calls of the x32 ABI.
const x32 = 0x40000000

// namespaces are the flags of clone that make namespaces.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// rules returns the filter as a BPF program. It refuses calls with the numbers of another
// architecture, because the library of QEMU's own filter allows them.
func rules() []unix.SockFilter {
	const equal, set, atLeast = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	give := func(verdict uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict}
	}
	unless := func(code uint16, k uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: code, K: k, Jf: skip}
	}
	refuse := give(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM))
	allow := give(unix.SECCOMP_RET_ALLOW)
	program := []unix.SockFilter{
		load(archAt), {Code: equal, K: architecture(), Jt: 1}, refuse,
		load(callAt), unless(atLeast, x32, 1), refuse,
		// The flags of clone3 are in memory, where a filter cannot read them. Libraries
		// fall back to clone.
		unless(equal, unix.SYS_CLONE3, 1), give(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)),
	}
	for _, call := range denied {
		program = append(program, unless(equal, call, 1), refuse)
	}
	program = append(program, unless(equal, unix.SYS_CLONE, 4), load(argumentAt), unless(set, namespaces, 1), refuse, allow)
	program = append(program, unless(equal, unix.SYS_SOCKET, uint8(2+2*len(families))), load(argumentAt))
	for _, family := range families {
		program = append(program, unless(equal, family, 1), allow)
	}
	return append(program, refuse, allow)
}

// architecture returns the kernel's number of this program's architecture.
func architecture() uint32 {
	if runtime.GOARCH == "arm64" {
		return unix.AUDIT_ARCH_AARCH64
	}
	return unix.AUDIT_ARCH_X86_64
}

// filterCalls installs the filter for the calling thread and the program that it becomes.
// It cannot be undone.
func filterCalls() error {
	r := rules()
	filter := unix.SockFprog{Len: uint16(len(r)), Filter: &r[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return errno
	}
	return nil
}
