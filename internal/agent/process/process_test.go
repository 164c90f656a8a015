package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"ingot/internal/agent/process"
)

var env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}

// run runs a bash script and returns its lines as "stream: text".
func run(t *testing.T, c process.Command, script string) (process.Result, []string) {
	t.Helper()
	var lines []string
	c.Path, c.Args, c.Env = "bash", []string{"-c", script}, env
	c.Line = func(s process.Stream, text string) { lines = append(lines, string(s)+": "+text) }
	r, err := process.Run(t.Context(), c)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return r, lines
}

func TestRun(t *testing.T) {
	r, lines := run(t, process.Command{}, `echo one; printf 'two\r\nthree'; exit 3`)
	if r.Exit != 3 || r.Stdout != "one\ntwo\r\nthree" || r.Message(0) != "exit status 3" {
		t.Errorf("result = %+v", r)
	}
	if diff := cmp.Diff([]string{"stdout: one", "stdout: two", "stdout: three"}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestStreamsAreApart(t *testing.T) {
	r, _ := run(t, process.Command{}, `set -v
echo out`)
	if r.Stdout != "out\n" || r.Stderr != "echo out" {
		t.Errorf("stdout %q, stderr %q", r.Stdout, r.Stderr)
	}
}

func TestEnvironmentIsOnlyWhatWasGiven(t *testing.T) {
	t.Setenv("HOME", "/root")
	t.Setenv("SECRET", "x")
	r, _ := run(t, process.Command{}, `echo "${HOME-none} ${SECRET-none}"`)
	if r.Stdout != "none none\n" {
		t.Errorf("stdout = %q", r.Stdout)
	}
}

func TestNotStarted(t *testing.T) {
	for _, path := range []string{"no-such-program", "/no/such/program", t.TempDir(), ""} {
		if _, err := process.Run(t.Context(), process.Command{Path: path, Env: env}); err == nil {
			t.Errorf("Run(%q) has no error", path)
		}
	}
}

// TestGigabyte: a script that prints a gigabyte costs neither memory nor log.
func TestGigabyte(t *testing.T) {
	var passed int
	var remark string
	c := process.Command{Path: "bash", Env: env, Limit: 100_000, Keep: 5_000,
		Args: []string{"-c", `yes 0123456789012345678901234567890123456789 | head -c 1000000000; echo; echo the end; echo problem >&2`},
		Line: func(s process.Stream, text string) {
			passed += len(text) + 1
			if s == process.Remark {
				remark = text
			}
		}}
	r, err := process.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Stdout) != 5000 || !r.Cut || r.Exit != 0 {
		t.Errorf("kept %d bytes, cut %v, exit %d", len(r.Stdout), r.Cut, r.Exit)
	}
	if passed > 130_000 || !strings.Contains(remark, "bytes of output were dropped") {
		t.Errorf("passed on %d bytes; remark %q", passed, remark)
	}
	if r.Stderr != "problem" {
		t.Errorf("stderr = %q", r.Stderr)
	}
}

func TestOneEndlessLine(t *testing.T) {
	r, lines := run(t, process.Command{}, `head -c 40000 /dev/zero | tr '\0' x`)
	if len(r.Stdout) != 40000 || len(lines) != 3 {
		t.Errorf("%d bytes in %d lines", len(r.Stdout), len(lines))
	}
}

func TestTimeoutKillsTheGroup(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "pids")
	begin := time.Now()
	r, _ := run(t, process.Command{Time: 300 * time.Millisecond, Grace: 10 * time.Second},
		fmt.Sprintf(`for i in 1 2 3; do sleep 600 & echo $! >> %s; done; sleep 600`, mark))
	if !r.TimedOut || r.Message(300*time.Millisecond) != "timed out after 300ms" {
		t.Errorf("result = %+v", r)
	}
	if took := time.Since(begin); took > 9*time.Second {
		t.Errorf("an obedient group took %s to end", took)
	}
	noneLeft(t, mark)
}

func TestTimeoutKillsTheDeaf(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "pids")
	r, _ := run(t, process.Command{Time: 200 * time.Millisecond, Grace: 300 * time.Millisecond},
		fmt.Sprintf(`trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $! > %s; while :; do sleep 1; done`, mark))
	if !r.TimedOut || r.Signal != "killed" {
		t.Errorf("result = %+v", r)
	}
	allEnd(t, mark)
}

// noneLeft checks that no process whose id is in the file is alive; a zombie that
// its new parent has not yet waited for is dead.
func noneLeft(t *testing.T, file string) {
	t.Helper()
	for _, pid := range written(t, file) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("process %d is still there: %s", pid, stat)
		}
	}
}

// allEnd is noneLeft for processes to which KILL was sent last, which Run does not wait
// for.
func allEnd(t *testing.T, file string) {
	t.Helper()
	for _, pid := range written(t, file) {
		if !ends(t, pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// written returns the process ids in a file.
func written(t *testing.T, file string) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func ends(t *testing.T, pid int) bool {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const patience = 10_000 // milliseconds
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	for errors.Is(err, unix.EINTR) {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	}
	return err == nil && n == 1
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := process.Run(ctx, process.Command{Path: "bash", Args: []string{"-c", "echo up; sleep 600"}, Env: env,
		Line: func(process.Stream, string) { cancel() }})
	if err != nil || !r.Cancelled || r.Message(0) != "cancelled" {
		t.Errorf("Run = %+v, %v", r, err)
	}
}

// TestBackgroundProcessIsLeftAlone: a process that a script leaves behind holds the
// script's output; it must neither hold up the step nor die of it.
func TestBackgroundProcessIsLeftAlone(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	r, lines := run(t, process.Command{}, fmt.Sprintf(`(sleep 1; echo still here; echo alive > %s) & echo done`, fifo))
	if r.Exit != 0 || time.Since(begin) > 900*time.Millisecond {
		t.Errorf("result %+v after %s", r, time.Since(begin))
	}
	if diff := cmp.Diff([]string{"stdout: done"}, lines); diff != "" {
		t.Error(diff)
	}
	if word, err := os.ReadFile(fifo); err != nil || string(word) != "alive\n" {
		t.Errorf("the background process said %q, %v", word, err)
	}
}

func TestLastWordsOfProcessSubstitution(t *testing.T) {
	r, _ := run(t, process.Command{}, `exec > >(sleep 0.1; cat); echo late`)
	if r.Stdout != "late\n" {
		t.Errorf("stdout = %q", r.Stdout)
	}
}
