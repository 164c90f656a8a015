// Package process runs one child to its end: in its own process group, with a time limit
// for the whole group, and with output that is passed on line by line within bounds.
//
// The output of a child takes a bounded amount of memory and of log: after Limit bytes
// lines are counted instead of passed on, and at the end one line says how much is
// missing, followed by the last lines.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Defaults and bounds of a command.
const (
	// DefaultLimit is how much output of one command is passed on, in bytes; each
	// line counts a little more than its length.
	DefaultLimit = 4 << 20
	// DefaultKeep is how much of standard output is kept for the caller, in bytes.
	DefaultKeep = 1 << 20
	// DefaultGrace is the time between TERM and KILL. A package manager unlocks its
	// database in that time.
	DefaultGrace = 5 * time.Second
	// linger is how long to wait for output after the child has ended while another
	// process has the pipe open: `exec > >(tee …)` prints its last lines then.
	linger = 250 * time.Millisecond
	// lineMax is the length at which a longer line is split, in bytes.
	lineMax = 16 << 10
)

// Stream is the source of a line.
type Stream string

// The streams of a child, and our own remarks about it.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
	Remark Stream = "agent"
)

// Command is what to run.
type Command struct {
	Path string // a name without a slash is searched in PATH of Env
	Args []string
	Dir  string
	Env  []string      // NAME=value; the whole environment
	Time time.Duration // limit; 0: none
	// Grace is the time between TERM and KILL; 0: DefaultGrace.
	Grace time.Duration
	// Line takes each line of output, without its newline, in the order in which
	// it was read. It is never called twice at once. Nil drops them.
	Line  func(Stream, string)
	Limit int64 // bytes passed to Line; 0: DefaultLimit
	Keep  int   // bytes of standard output kept; 0: DefaultKeep
	// Started, if set, is first of all called with the process group.
	Started func(group int)
}

// Result is how a command ended.
type Result struct {
	Exit      int    // exit status; 128 + signal when a signal ended it
	Signal    string // the signal's name, if one did
	Stdout    string // the first Keep bytes
	Cut       bool   // whether Stdout is not all of it
	Stderr    string // the last lines, at most 8 KiB
	TimedOut  bool
	Cancelled bool // the context ended first
}

// Message returns why the command counts as failed: "exit status 3", "timed out …"; it is
// empty for exit status 0.
func (r Result) Message(limit time.Duration) string {
	switch {
	case r.TimedOut:
		return fmt.Sprintf("timed out after %s", limit)
	case r.Cancelled:
		return "cancelled"
	case r.Signal != "":
		return "ended by signal: " + r.Signal
	case r.Exit != 0:
		return "exit status " + strconv.Itoa(r.Exit)
	}
	return ""
}

// Run starts the command and waits for its end. On a time-out and when ctx ends the whole
// process group gets TERM and, after the grace, KILL. Processes that the child leaves
// behind after an orderly end run on; their output is read and dropped, so that a closed
// pipe does not kill them. An error means that the command could not be started.
func Run(ctx context.Context, c Command) (Result, error) {
	child, err := command(c)
	if err != nil {
		return Result{}, err
	}
	out := newOutput(c)
	pipes, err := attach(child, out)
	if err != nil {
		return Result{}, err
	}
	if err := child.Start(); err != nil {
		closeAll(pipes)
		return Result{}, fmt.Errorf("starting %s: %w", c.Path, err)
	}
	group := child.Process.Pid
	Ordinary(group)
	if c.Started != nil {
		c.Started(group)
	}
	var readers sync.WaitGroup
	for _, p := range pipes {
		_ = p.write.Close() // the child has its own
		readers.Go(p.follow)
	}
	result := wait(ctx, child, c.Time, cmp.Or(c.Grace, DefaultGrace))
	drainPipes(&readers, pipes)
	out.complete(&result)
	return result, nil
}

// command prepares the child: its own group, no input, only the given environment.
func command(c Command) (*exec.Cmd, error) {
	path, err := lookPath(c.Path, c.Env)
	if err != nil {
		return nil, err
	}
	child := &exec.Cmd{Path: path, Args: append([]string{c.Path}, c.Args...), Dir: c.Dir, Env: c.Env}
	if child.Env == nil {
		child.Env = []string{} // nil would mean our own
	}
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return child, nil
}

// Ordinary removes the protection from the OOM killer that children inherit from the
// agent. Where that is not allowed the agent has none.
func Ordinary(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("0"), 0)
}

// wait waits for the child within limit and ctx.
func wait(ctx context.Context, child *exec.Cmd, limit, grace time.Duration) Result {
	ended := make(chan struct{})
	go func() {
		_ = child.Wait() // how it ended is in ProcessState
		close(ended)
	}()
	var timeout <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		timeout = timer.C
	}
	var r Result
	select {
	case <-ended:
	case <-timeout:
		r.TimedOut = true
		Kill(child.Process.Pid, ended, grace)
	case <-ctx.Done():
		r.Cancelled = true
		Kill(child.Process.Pid, ended, grace)
	}
	<-ended
	status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		r.Signal, r.Exit = status.Signal().String(), 128+int(status.Signal())
	default:
		r.Exit = child.ProcessState.ExitCode()
	}
	return r
}

// Kill ends a process group: TERM, then KILL when patience is over. It returns when no
// process of the group is left, or KILL has been sent. ended is closed when the leader
// has been waited for; until then the leader counts as one of the group.
func Kill(group int, ended <-chan struct{}, patience time.Duration) {
	if err := syscall.Kill(-group, syscall.SIGTERM); errors.Is(err, syscall.ESRCH) {
		return
	}
	grace, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-ended:
	case <-grace.Done():
	}
	// Others of the group may outlive their leader; they have the same grace.
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for grace.Err() == nil && syscall.Kill(-group, 0) == nil {
		select {
		case <-look.C:
		case <-grace.Done():
		}
	}
	_ = syscall.Kill(-group, syscall.SIGKILL) // ESRCH: they are gone
}
