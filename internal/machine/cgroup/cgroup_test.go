package cgroup_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/cgroup"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("control groups need root")
	}
}

func group(t *testing.T, l cgroup.Limits) (*cgroup.Group, string) {
	t.Helper()
	needRoot(t)
	token := fmt.Sprintf("test-cgroup-%d", os.Getpid())
	g, err := cgroup.New(token+".1", l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cgroup.RemoveAll(token); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob("/sys/fs/cgroup/*/ingot/" + token + ".*"); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
	})
	return g, token
}

// inside runs a script in a group: the shell waits on its standard input until it has
// been moved there.
func inside(t *testing.T, g *cgroup.Group, script string) error {
	t.Helper()
	cmd := exec.Command("sh", "-c", "read -r _; "+script)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Add(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	return cmd.Wait()
}

func TestTasksAreLimited(t *testing.T) {
	g, token := group(t, cgroup.Limits{Tasks: 5})
	if cgroup.OutOfTasks(token) {
		t.Error("a fresh group says that it is at its limit")
	}
	if err := inside(t, g, `for i in 1 2 3 4 5 6 7 8; do sleep 100 & done 2>/dev/null`); err == nil {
		t.Error("more processes than the limit")
	}
	if !g.OutOfTasks() || !cgroup.OutOfTasks(token) {
		t.Error("a process could not be started and the group does not say so")
	}
}

func TestMemoryIsLimited(t *testing.T) {
	g, _ := group(t, cgroup.Limits{MemoryMiB: 32})
	if g.OutOfMemory() {
		t.Error("a fresh group says that it is out of memory")
	}
	if err := inside(t, g, `head -c 200M /dev/zero | tail`); err == nil {
		t.Error("200 MiB fit into 32")
	}
	if !g.OutOfMemory() {
		t.Error("the kernel killed for want of memory and the group does not say so")
	}
}

func TestRemoveKillsWhatIsInside(t *testing.T) {
	g, token := group(t, cgroup.Limits{CPUs: 1})
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Add(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	names, err := cgroup.Names()
	if err != nil || !slices.Contains(names, token+".1") {
		t.Errorf("names %v, %v do not have the group", names, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	if err := cgroup.RemoveAll(token); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the process ended with %v", err)
	}
	if err := g.Remove(); err != nil {
		t.Errorf("removing what is gone: %v", err)
	}
}

// TestOnlyMembersAreKilled passes the number of a process that is not in the group, as
// after the number of an ended member was reused.
func TestOnlyMembersAreKilled(t *testing.T) {
	g, token := group(t, cgroup.Limits{})
	inside, outside := exec.Command("sleep", "1000"), exec.Command("cat")
	in, err := outside.StdinPipe()
	if err := errors.Join(err, inside.Start(), outside.Start()); err != nil {
		t.Fatal(err)
	}
	if err := g.Add(inside.Process.Pid); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("/sys/fs/cgroup/*/ingot/" + token + ".1")
	if unified, _ := filepath.Glob("/sys/fs/cgroup/ingot/" + token + ".1"); err != nil || len(folders)+len(unified) == 0 {
		t.Fatalf("no group is there: %v", err)
	} else {
		folders = append(folders, unified...)
	}
	if err := cgroup.KillThese(folders[0], []int{inside.Process.Pid, outside.Process.Pid}); err != nil {
		t.Error(err)
	}
	if err := inside.Wait(); err == nil {
		t.Error("a member was not killed")
	}
	if err := errors.Join(in.Close(), outside.Wait()); err != nil {
		t.Errorf("a process outside the group ended with %v", err)
	}
}

// TestDelegateInAContainer delegates from a v2 group with a process in it, as the
// top of a container's hierarchy is.
func TestDelegateInAContainer(t *testing.T) {
	needRoot(t)
	top, controllers := v2(t)
	dir := filepath.Join(top, fmt.Sprintf("test-delegate-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err := errors.Join(os.Remove(filepath.Join(dir, "ingot-host")), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	procs := filepath.Join(dir, "cgroup.procs")
	if err := os.WriteFile(procs, []byte(fmt.Sprint(cmd.Process.Pid)), 0); err != nil {
		t.Fatal(err)
	}
	if err := cgroup.Delegate(dir, "+"+controllers); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadFile(procs); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
	moved, err := os.ReadFile(filepath.Join(dir, "ingot-host", "cgroup.procs"))
	if err != nil || strings.TrimSpace(string(moved)) != fmt.Sprint(cmd.Process.Pid) {
		t.Errorf("the process was not moved: %q, %v", moved, err)
	}
}

// threaded are the controllers that a group with processes in it may give away.
var threaded = []string{"cpuset", "cpu", "perf_event", "pids"}

// v2 gives the top of the v2 hierarchy and a controller that it can give away, and that a
// group below it cannot while it has processes.
func v2(t *testing.T) (top, controller string) {
	t.Helper()
	for _, top := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		text, err := os.ReadFile(filepath.Join(top, "cgroup.controllers"))
		given, _ := os.ReadFile(filepath.Join(top, "cgroup.subtree_control"))
		all := slices.DeleteFunc(strings.Fields(string(text)), func(name string) bool { return slices.Contains(threaded, name) })
		if err == nil && len(all) > 0 {
			if err := os.WriteFile(filepath.Join(top, "cgroup.subtree_control"), []byte("+"+all[0]), 0); err != nil {
				t.Skipf("the v2 hierarchy cannot delegate its controllers: %v", err)
			}
			if !slices.Contains(strings.Fields(string(given)), all[0]) {
				t.Cleanup(func() {
					if err := os.WriteFile(filepath.Join(top, "cgroup.subtree_control"), []byte("-"+all[0]), 0); err != nil {
						t.Error(err)
					}
				})
			}
			return top, all[0]
		}
	}
	t.Skip("this host has no v2 hierarchy with controllers")
	return "", ""
}

// TestDeepGroupsAreRemoved has groups of a guest, with paths that are too long to be
// opened and a process in the first and in the last group of each hierarchy.
func TestDeepGroupsAreRemoved(t *testing.T) {
	g, token := group(t, cgroup.Limits{})
	dirs, err := filepath.Glob("/sys/fs/cgroup/*/ingot/" + token + ".1")
	alone, _ := filepath.Glob("/sys/fs/cgroup/ingot/" + token + ".1")
	if dirs = append(dirs, alone...); err != nil || len(dirs) == 0 {
		t.Fatalf("no group is there: %v", err)
	}
	start := func() *exec.Cmd {
		c := exec.Command("sleep", "1000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		return c
	}
	var inside []*exec.Cmd
	for _, dir := range dirs {
		first, last := start(), start()
		inside = append(inside, first, last)
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(fmt.Sprint(first.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
		deepen(t, dir, strings.Repeat("n", 200), 30, last.Process.Pid)
	}
	if err := g.Remove(); err != nil {
		t.Fatal(err)
	}
	for _, c := range inside {
		if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != -1 {
			t.Errorf("a process in a group that was removed ended by itself: %v", c.ProcessState)
		}
	}
}

// deepen makes nested groups below one and moves a process into the last.
func deepen(t *testing.T, dir, name string, levels, pid int) {
	t.Helper()
	at, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	for range levels {
		if err == nil {
			err = unix.Mkdirat(at, name, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		next, nerr := unix.Openat(at, name, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		unix.Close(at)
		at, err = next, nerr
	}
	if err == nil {
		err = os.WriteFile(fmt.Sprintf("/proc/self/fd/%d/cgroup.procs", at), []byte(fmt.Sprint(pid)), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(at)
}
