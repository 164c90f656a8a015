package cgroup_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/machine/cgroup"
)

// some are devices of each form: all accesses, some accesses, all devices of a driver.
var some = []cgroup.Device{
	{Major: 1, Minor: 3, Access: "rwm"},
	{Major: 1, Minor: 7, Access: "w"},
	{Major: 5, Minor: cgroup.AnyMinor, Access: "m"},
	{Block: true, Major: 7, Minor: 3, Access: "m"},
}

// tries are accesses to devices, and whether they are allowed.
var tries = []struct {
	script string
	may    bool
}{
	{"cat /dev/null", true},
	{"echo x >/dev/null", true},
	{"mknod $DIR/null c 1 3", true},
	{": >/dev/full", true},
	{"head -c 1 /dev/full", false},
	{"mknod $DIR/full c 1 7", false},
	{"mknod $DIR/ptmx c 5 2", true},
	{"mknod $DIR/tty c 5 0", true},
	{": </dev/ptmx", false},
	{"head -c 1 /dev/zero", false},
	{"cat /dev/kmsg", false},
	{"mknod $DIR/kmsg c 1 11", false},
	{"mknod $DIR/char c 7 3", false},
	{"mknod $DIR/loop b 7 3", true},
	{"mknod $DIR/other b 7 4", false},
	{"mknod $DIR/block b 1 3", false},
	{"cat $DIR/loop", false},
	{"mknod $DIR/whiteout c 0 0", true},
}

// attempt makes all tries in one process, which enter moves into a group, and compares.
func attempt(t *testing.T, enter func(pid int) error) {
	t.Helper()
	dir := t.TempDir()
	script := "read -r _\n"
	for i, try := range tries {
		script += fmt.Sprintf("(%s) >/dev/null 2>$DIR/said; echo %d $? $(cat $DIR/said)\n", try.script, i)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append(os.Environ(), "DIR="+dir, "LC_ALL=C")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := enter(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(tries) {
		t.Fatalf("%d tries: %s", len(tries), out.String())
	}
	for i, try := range tries {
		may := strings.HasPrefix(lines[i], fmt.Sprintf("%d 0", i))
		refused := strings.Contains(lines[i], "permitted") || strings.Contains(lines[i], "denied")
		if may != try.may || refused == try.may {
			t.Errorf("%s: %s, want it to be possible: %v", try.script, lines[i], try.may)
		}
	}
}

func TestDevicesAreLimited(t *testing.T) {
	g, _ := group(t, cgroup.Limits{Devices: some})
	attempt(t, g.Add)
}

// TestAHostThatCannotLimitDevices has no hierarchies.
func TestAHostThatCannotLimitDevices(t *testing.T) {
	if err := cgroup.LimitNowhere(some); err == nil || !strings.Contains(err.Error(), "mount the devices controller") {
		t.Errorf("limiting devices nowhere gives %v", err)
	}
}

// TestDevicesAreLimitedOnV2 attaches the program of hosts that have v2 alone.
func TestDevicesAreLimitedOnV2(t *testing.T) {
	needRoot(t)
	dir := filepath.Join(top2(t), fmt.Sprintf("test-devices-%d", os.Getpid()))
	below := filepath.Join(dir, "payload")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := cgroup.FilterDevices(dir, some); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{dir, below} {
		attempt(t, func(pid int) error {
			return os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(fmt.Sprint(pid)), 0)
		})
	}
	// A group below cannot allow more.
	if err := cgroup.FilterDevices(below, []cgroup.Device{{Major: 1, Minor: cgroup.AnyMinor, Access: "rwm"}}); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("sh", "-c", "echo $$ >"+below+"/cgroup.procs; echo x >/dev/null && ! head -c 1 /dev/zero").CombinedOutput(); err != nil {
		t.Errorf("below: %v: %s", err, out)
	}
	for _, group := range []string{below, dir} { // this removes the programs
		if err := os.Remove(group); err != nil {
			t.Error(err)
		}
	}
}

// top2 returns the top of the v2 hierarchy.
func top2(t *testing.T) string {
	t.Helper()
	for _, top := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(filepath.Join(top, "cgroup.controllers")); err == nil {
			return top
		}
	}
	t.Skip("this host has no v2 hierarchy")
	return ""
}

// TestListIsAboveTheProcesses checks that on v1 a process is in a group below the one
// with the list, so that it cannot reach the list by a mount of its own.
func TestListIsAboveTheProcesses(t *testing.T) {
	g, token := group(t, cgroup.Limits{Devices: some})
	list, err := os.ReadFile("/sys/fs/cgroup/devices/ingot/" + token + ".1/devices.list")
	if err != nil {
		t.Skip("this host has no devices controller of v1")
	}
	var want []string
	for _, d := range some {
		want = append(want, d.String())
	}
	if got := strings.TrimSpace(string(list)); got != strings.Join(want, "\n") {
		t.Errorf("the list is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if err := inside(t, g, "grep -q ':devices:.*/"+token+".1/inside$' /proc/self/cgroup"); err != nil {
		t.Errorf("the process is elsewhere: %v", err)
	}
	allow := "/sys/fs/cgroup/devices/ingot/" + token + ".1/inside/devices.allow"
	if err := os.WriteFile(allow, []byte("c 1:5 r"), 0); err == nil {
		t.Error("the group inside can be allowed more than the list")
	}
}
