package freezer_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/freezer"
)

// TestMain makes the test binary the freezer, or a writer for which the kernel waits.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "freezer":
			os.Exit(freezer.Main(os.Args[2:]))
		case "stall":
			fmt.Println(stall(os.Args[2]))
			os.Exit(1)
		}
	}
	if err := apart(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// apart runs this program again in a mount namespace of its own. A namespace that is made
// from the host's meanwhile, as by a machine that starts, would have copies of these
// tests' mounts, and their disks would be busy when they are unmounted.
func apart() error {
	const marker = "FREEZER_TEST_APART"
	if os.Geteuid() != 0 || os.Getenv(marker) != "" {
		return nil
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return err
	}
	args := append([]string{unshare, "--mount", "--propagation", "private", "--"}, os.Args...)
	return syscall.Exec(unshare, args, append(os.Environ(), marker+"=1"))
}

// stall begins a write from a page of memory that is never filled, and prints that.
func stall(path string) error {
	const apiCall, registerCall, api, missing = 0xC018AA3F, 0xC020AA00, 0xAA, 1
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	faults, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		return errno
	}
	hello := [3]uint64{api}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, faults, apiCall, uintptr(unsafe.Pointer(&hello))); errno != 0 {
		return errno
	}
	area := [4]uint64{uint64(uintptr(unsafe.Pointer(&page[0]))), uint64(len(page)), missing}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, faults, registerCall, uintptr(unsafe.Pointer(&area))); errno != 0 {
		return errno
	}
	go func() {
		_, err := unix.Read(int(faults), make([]byte, 32))
		fmt.Println("stalled", err)
	}()
	_, err = f.Write(page)
	return err
}

// TestSignalWhileTheKernelWaits ends a freezer before its freeze is complete.
func TestSignalWhileTheKernelWaits(t *testing.T) {
	mount, disk := mounted(t)
	writer := exec.Command(os.Args[0], "stall", filepath.Join(mount, "slow"))
	if line, _ := bufio.NewReader(output(t, writer)).ReadString('\n'); line != "stalled <nil>\n" {
		t.Skipf("this kernel cannot stall a write: %s", line)
	}
	freeze := exec.Command(os.Args[0], "freezer", mount, disk, disk+".copy")
	if err := freeze.Start(); err != nil {
		t.Fatal(err)
	}
	for !waits(freeze.Process.Pid) {
		time.Sleep(time.Millisecond)
	}
	if err := freeze.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for pending(t, freeze.Process.Pid, unix.SIGTERM) {
		time.Sleep(time.Millisecond)
	}
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = freeze.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	touch := exec.CommandContext(ctx, "touch", filepath.Join(mount, "after"))
	if err := touch.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- touch.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("the file system is still frozen")
		sh(t, "fsfreeze -u "+mount)
	}
}

// pending reports whether a signal was sent to a process and not delivered yet.
func pending(t *testing.T, pid int, signal unix.Signal) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "ShdPnd:\t")
	set, err := strconv.ParseUint(strings.SplitN(rest, "\n", 2)[0], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return set&(1<<(signal-1)) != 0
}

// waits reports whether a thread of a process is in the kernel and cannot be interrupted.
func waits(pid int) bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, s := range stats {
		text, _ := os.ReadFile(s)
		if strings.Contains(string(text), ") D ") {
			return true
		}
	}
	return false
}
