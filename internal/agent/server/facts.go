package server

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/osrelease"
	"ingot/internal/agent/protocol"
)

// hello returns what the agent knows of its machine.
func (s *Server) hello(ctx context.Context, nonce string) *protocol.Hello {
	release := osrelease.Read()
	h := &protocol.Hello{
		Version: protocol.Version, Nonce: nonce, Boot: s.config.Boot, Started: s.started.Format(time.RFC3339Nano),
		OSName: release.Name, OSID: release.ID, OSVersion: release.Version, Systemd: systemd(ctx),
	}
	h.Hostname, _ = os.Hostname() // it may stay empty
	var name unix.Utsname
	if err := unix.Uname(&name); err == nil {
		h.Arch, h.Kernel = unix.ByteSliceToString(name.Machine[:]), unix.ByteSliceToString(name.Release[:])
	}
	return h
}

// systemd returns the state of the system, or "" where systemd is not PID 1.
func systemd(ctx context.Context) string {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return ""
	}
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "systemctl", "is-system-running").Output() // its exit status says the same
	return strings.TrimSpace(string(out))
}

// Boot returns a text that differs in each life of the machine: the kernel's boot id,
// which sandboxes share with their host, and the start time of PID 1, which may be the
// same at every boot of a kernel.
func Boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	stat, _ := os.ReadFile("/proc/1/stat")
	const startField = 22 - 3 // the fields after the name begin with the third
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	began := ""
	if len(fields) > startField {
		began = fields[startField]
	}
	return strings.TrimSpace(string(id)) + "/" + began
}

// Restart restarts the machine in the orderly way of its system.
func Restart(ctx context.Context) error {
	var all error
	for _, command := range [][]string{{"systemctl", "reboot"}, {"reboot"}, {"shutdown", "-r", "now"}} {
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
		if err == nil {
			return nil
		}
		all = errors.Join(all, errors.New(strings.Join(command, " ")+": "+err.Error()+" "+strings.TrimSpace(string(out))))
	}
	return all
}

// hungUp reports whether a terminal that is used as a port has no other side.
func hungUp(err error) bool { return errors.Is(err, syscall.EIO) }
