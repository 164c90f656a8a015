package qemu_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/qemu"
)

// needWalls returns the command of a helper, and skips the test where cells cannot be
// built.
func needWalls(t *testing.T) (helper []string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("walls around QEMU need root")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self}
}

func TestTryWalls(t *testing.T) {
	helper := needWalls(t)
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Skip("QEMU is not installed (package qemu-system-x86)")
	}
	if version, err := qemu.TryWalls(helper); err != nil || !strings.Contains(version, "QEMU emulator version") {
		t.Errorf("QEMU says %q, %v", version, err)
	}
}

// TestCellConfines runs a program in place of QEMU that tries what a guest that
// controls QEMU would, without QEMU's own filter.
func TestCellConfines(t *testing.T) {
	helper := needWalls(t)
	out, err := qemu.InCell(helper, helper[0], "inside")
	if err != nil || string(out) != "looked around\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// lookAround prints what the program can do and should not. It returns the exit status.
func lookAround() int {
	raw := func(call uintptr, args ...uintptr) func() error {
		args = append(args, 0, 0, 0, 0, 0, 0)
		return func() error {
			if _, _, errno := unix.RawSyscall6(call, args[0], args[1], args[2], args[3], args[4], args[5]); errno != 0 {
				return errno
			}
			return nil
		}
	}
	socket := func(family int) func() error {
		return func() error { _, err := unix.Socket(family, unix.SOCK_STREAM, 0); return err }
	}
	write := func(path string) func() error {
		return func() error { return os.WriteFile(path, nil, 0o600) }
	}
	read := func(path string) func() error {
		return func() error { _, err := os.ReadFile(path); return err }
	}
	for what, try := range map[string]struct {
		do   func() error
		want error
	}{
		"a user namespace":          {raw(unix.SYS_UNSHARE, unix.CLONE_NEWUSER), unix.EPERM},
		"a process in one":          {raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD)), unix.EPERM},
		"clone by the newer call":   {raw(unix.SYS_CLONE3), unix.ENOSYS},
		"a call of x32":             {raw(0x40000000 | unix.SYS_GETPID), unix.EPERM},
		"another's namespace":       {raw(unix.SYS_SETNS, 0, unix.CLONE_NEWNET), unix.EPERM},
		"io_uring":                  {raw(unix.SYS_IO_URING_SETUP), unix.EPERM},
		"bpf":                       {raw(unix.SYS_BPF), unix.EPERM},
		"tracing":                   {raw(unix.SYS_PTRACE), unix.EPERM},
		"keys":                      {raw(unix.SYS_KEYCTL), unix.EPERM},
		"a socket to the hardware":  {socket(unix.AF_PACKET), unix.EPERM},
		"a socket to the kernel":    {socket(unix.AF_NETLINK), unix.EPERM},
		"a socket between machines": {socket(unix.AF_VSOCK), unix.EPERM},
		"being root":                {raw(unix.SYS_SETUID, 0), unix.EPERM},
		"a file in the root":        {write("/file"), unix.EROFS},
		"a file among the devices":  {write("/dev/file"), unix.EROFS},
		"a file among the programs": {write("/usr/file"), unix.EROFS},
		"the host's users":          {read("/etc/passwd"), unix.ENOENT},
		"processes":                 {read("/proc/self/status"), unix.ENOENT},
		"disks":                     {read("/dev/loop-control"), unix.ENOENT},
	} {
		if err := try.do(); !errors.Is(err, try.want) {
			fmt.Printf("%s: %v, want %v\n", what, err, try.want)
		}
	}
	if pid, name, user := os.Getpid(), hostname(), os.Getuid(); pid != 1 || name != "localhost" || user < 1<<16 {
		fmt.Printf("it is process %d of user %d on %s\n", pid, user, name)
	}
	for _, family := range []int{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6} {
		if err := socket(family)(); err != nil && !errors.Is(err, unix.EAFNOSUPPORT) {
			fmt.Printf("no socket of the family %d: %v\n", family, err)
		}
	}
	fmt.Println("looked around")
	return 0
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return err.Error()
	}
	return name
}
