package network_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// alone is set in the process that has a network of its own.
const alone = "INGOT_TEST_ALONE"

// TestMain runs the tests in a network of their own, which is the host's network to them.
// They change the packet filter and forwarding and count links, and the real host may run
// machines of other servers meanwhile.
func TestMain(m *testing.M) {
	if os.Geteuid() != 0 {
		os.Exit(m.Run())
	}
	var err error
	if os.Getenv(alone) == "" {
		err = runAlone()
	} else if err = setUp(); err == nil {
		os.Exit(m.Run())
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "a network of its own for the tests:", err)
		os.Exit(1)
	}
}

// runAlone runs this program again in network and mount namespaces of its own, on one
// processor: there the kernel handles packets in the order in which they were sent,
// across all links.
func runAlone() error {
	runtime.LockOSThread() // the other process ends with this thread
	var may, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return err
	}
	for cpu := range len(may) * 64 {
		if may.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), alone+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	return cmd.Run()
}

// setUp mounts a /sys for this network and a /run of its own, and makes the network that
// of a fresh host.
func setUp() error {
	if err := unix.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mounting /sys: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mounting /run: %w", err)
	}
	// A new network inherits the present settings of the real host.
	if err := os.WriteFile(forwarding, []byte("0"), 0); err != nil {
		return err
	}
	return exec.Command("ip", "link", "set", "lo", "up").Run()
}

// TestTestsHaveTheirOwnNetwork looks for links of the real host.
func TestTestsHaveTheirOwnNetwork(t *testing.T) {
	needRoot(t)
	ours, err := os.Readlink("/proc/self/ns/net")
	theirs, perr := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", os.Getppid()))
	if err != nil || perr != nil || ours == theirs {
		t.Errorf("the tests run in the network %s, the caller in %s: %v, %v", ours, theirs, err, perr)
	}
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 || links[0].Name != "lo" {
		t.Errorf("links %v, %v", links, err)
	}
}
