package sandbox

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// MountOf opens the mounted disk of a live machine.
func MountOf(t testing.TB, dir string) *os.File {
	t.Helper()
	mount, err := mountOf(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return mount
}

// WithoutUsers returns a backend that behaves as on a host without user namespaces, with
// [Config.Unsafe] or without.
func WithoutUsers(b *Backend, unsafe bool) *Backend {
	b.users, b.Unsafe = func() error { return ErrNoUsers }, unsafe
	return b
}

// Leader returns process 1 of a live machine: the process in its control groups that is
// the first of a PID namespace directly below the host's.
func Leader(t testing.TB, dir string) int {
	t.Helper()
	for _, pid := range Processes(t, dir) {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it may have ended
		for line := range strings.Lines(string(status)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "NSpid:" && f[2] == "1" {
				return pid
			}
		}
	}
	t.Fatalf("no system runs in the machine in %s", dir)
	return 0
}

// Processes returns the processes in the control groups of a machine.
func Processes(t testing.TB, dir string) (pids []int) {
	t.Helper()
	seen := map[int]bool{}
	for _, top := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
		groups, err := filepath.Glob(filepath.Join(top, "ingot", kind.Key(dir)+".*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			_ = filepath.WalkDir(g, func(path string, e fs.DirEntry, err error) error {
				if err != nil || e.Name() != "cgroup.procs" {
					return nil // a group of the machine's own that it has just removed
				}
				text, _ := os.ReadFile(path)
				for _, f := range strings.Fields(string(text)) {
					if pid, err := strconv.Atoi(f); err == nil && !seen[pid] {
						seen[pid] = true
						pids = append(pids, pid)
					}
				}
				return nil
			})
		}
	}
	return pids
}

// PutBelowRun is for a test with a process that has a root of its own.
func PutBelowRun(pid int, name, text string) error {
	return putBelowRun(fmt.Sprintf("/proc/%d", pid), name, text, 0)
}

// Leaders listens for messages of a process as of nspawn, and returns the leaders that it
// names.
func Leaders(path string, pid int) (leaders <-chan int, stop func() error, err error) {
	conn, err := listen(path)
	if err != nil {
		return nil, nil, err
	}
	said, to := make(chan notice), make(chan int)
	go notices(conn, pid, said)
	go func() {
		for n := range said {
			to <- n.leader
		}
	}()
	return to, conn.Close, nil
}
