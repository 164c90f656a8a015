package server_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"ingot/internal/agent/agenttest"
	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
)

// rig is the real agent in a process of its own, on this machine.
type rig struct {
	t      *testing.T
	socket string
	state  string
	work   string

	mu  sync.Mutex
	cmd *exec.Cmd
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &rig{t: t, socket: filepath.Join(dir, "agent.sock"), state: filepath.Join(dir, "state"), work: t.TempDir()}
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *rig) start() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd = exec.Command(agenttest.Binary(r.t), "serve", "--socket", r.socket, "--state", r.state)
	r.cmd.Stderr = os.Stderr
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
}

// kill kills the agent.
func (r *rig) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.cmd.Process.Signal(syscall.SIGKILL)
	_ = r.cmd.Wait()
}

func (r *rig) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", r.socket)
}

func (r *rig) client() *client.Client {
	c := client.New(r.dial)
	c.Patience = 20 * time.Second
	r.t.Cleanup(c.Close)
	return c
}

// document returns a run of one document with the given steps.
func (r *rig) document(id, steps string) protocol.Run {
	return protocol.Run{ID: id, WorkDir: r.work, Documents: []protocol.Document{
		{Name: "doc", Data: "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n" + steps},
	}}
}

// numbered fails at the first event that does not have the number after the one
// before it, and counts the lines of output.
type numbered struct {
	t     *testing.T
	last  int64
	lines int
	each  func(protocol.Event)
}

func (n *numbered) take(e protocol.Event) {
	if e.Seq != n.last+1 {
		n.t.Errorf("event %d follows %d", e.Seq, n.last)
	}
	n.last = e.Seq
	if e.Stream == protocol.Stdout {
		if want := fmt.Sprint(n.lines + 1); n.each == nil && e.Text != want {
			n.t.Errorf("line %q, want %q", e.Text, want)
		}
		n.lines++
	}
	if n.each != nil {
		n.each(e)
	}
}

// eventually polls a condition that has no event.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not come true in time")
		}
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func itoa(n int) string { return fmt.Sprint(n) }
