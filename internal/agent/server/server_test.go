package server_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ingot/internal/agent/agenttest"
	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
)

func TestHello(t *testing.T) {
	r := newRig(t)
	first, err := r.client().Hello(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Boot == "" || first.Hostname == "" || first.OSID == "" || first.Kernel == "" || first.Arch == "" {
		t.Errorf("hello = %+v", first)
	}
	r.kill()
	r.start()
	second, err := r.client().Hello(t.Context())
	if err != nil || second.Boot != first.Boot || second.Started == first.Started {
		t.Errorf("hello after a restart of the agent = %+v, %v", second, err)
	}
}

// TestLostConnections cuts every connection after some bytes, again and again; no event
// may be lost or come twice.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var mu sync.Mutex
	dials := 0
	c := client.New(func(ctx context.Context) (net.Conn, error) {
		conn, err := r.dial(ctx)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		dials++
		return &brittle{Conn: conn, left: 20000 * dials}, nil
	})
	events := &numbered{t: t}
	result, err := c.Run(t.Context(), r.document("r", "  - {name: S, action: ExecuteBash, inputs: {commands: [seq 5000]}}\n"), events.take)
	if err != nil || result.Status != protocol.Success {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	if events.lines != 5000 || events.last != result.LastSeq {
		t.Errorf("%d lines, last event %d of %d", events.lines, events.last, result.LastSeq)
	}
	if dials < 3 {
		t.Errorf("only %d connections", dials)
	}
}

// brittle is a connection that ends after some bytes were read.
type brittle struct {
	net.Conn
	left int
}

func (b *brittle) Read(p []byte) (int, error) {
	if b.left <= 0 {
		_ = b.Conn.Close()
		return 0, net.ErrClosed
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// TestTwoClients: two clients that ask for one run get one run, each with all of its
// events.
func TestTwoClients(t *testing.T) {
	r := newRig(t)
	run := r.document("same", "  - {name: S, action: ExecuteBash, inputs: {commands: [echo x >> count, seq 300]}}\n")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			events := &numbered{t: t}
			result, err := r.client().Run(t.Context(), run, events.take)
			if err != nil || result.Status != protocol.Success || events.lines != 300 {
				t.Errorf("Run = %+v, %v; %d lines", result, err, events.lines)
			}
		})
	}
	both.Wait()
	if text, err := os.ReadFile(filepath.Join(r.work, "count")); err != nil || string(text) != "x\n" {
		t.Errorf("the step ran %q, %v", text, err)
	}
}

func TestKilledAgent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var once sync.Once
	var pid int
	events := &numbered{t: t, each: func(e protocol.Event) {
		if e.Stream == protocol.Stdout {
			once.Do(func() {
				pid, _ = strconv.Atoi(e.Text)
				r.kill()
				r.start()
			})
		}
	}}
	result, err := r.client().Run(t.Context(), r.document("r", "  - {name: S, action: ExecuteBash, inputs: {commands: [echo $$, echo x >> count, exec sleep 1000]}}\n"), events.take)
	if err != nil || result.Status != protocol.Failed || !strings.Contains(result.Failed.Error, "was not run again") {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	eventually(t, func() bool { return gone(pid) })
	if text, _ := os.ReadFile(filepath.Join(r.work, "count")); string(text) != "x\n" {
		t.Errorf("the step ran %q", text)
	}

	// An interrupted exec is not run again either; an exec that ended is remembered.
	once = sync.Once{}
	got, err := r.client().Exec(t.Context(), protocol.Exec{ID: "e", Script: "echo $$; exec sleep 1000"}, (&numbered{t: t, each: events.each}).take)
	if err != nil || got.ExitCode != -1 || !strings.Contains(got.Error, "not run again") {
		t.Errorf("Exec = %+v, %v", got, err)
	}
	again, err := r.client().Run(t.Context(), r.document("r", "other"), nil)
	if err != nil || again.Status != protocol.Failed || again.LastSeq != result.LastSeq {
		t.Errorf("Run again = %+v, %v", again, err)
	}
}

func TestExec(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.client()
	got, err := c.Exec(t.Context(), protocol.Exec{ID: "a", Script: "echo $GREETING; echo bad >&2; pwd; exit 3", Environment: map[string]string{"GREETING": "hello"}}, nil)
	if err != nil || got.ExitCode != 3 || got.Stdout != "hello\n/\n" || got.Stderr != "bad" {
		t.Errorf("Exec = %+v, %v", got, err)
	}
	got, err = c.Exec(t.Context(), protocol.Exec{ID: "b", Script: "sleep 1000", TimeoutSeconds: 1}, nil)
	if err != nil || got.ExitCode != -1 || got.Error != "timed out after 1s" {
		t.Errorf("Exec = %+v, %v", got, err)
	}
	if _, err := c.Exec(t.Context(), protocol.Exec{Script: "true"}, nil); err == nil {
		t.Error("an exec without id was run")
	}
}

// TestExecByFirstLine runs scripts by what their first line names.
func TestExecByFirstLine(t *testing.T) {
	t.Parallel()
	c := newRig(t).client()
	for script, want := range map[string]string{
		"echo ${BASH_VERSION:+bash} sh":                     "sh\n",
		"#!\necho ${BASH_VERSION:+bash} sh":                 "sh\n",
		"#!/bin/bash\n[[ ${BASH_VERSION} ]] && echo bash":   "bash\n",
		"#! /bin/bash \t-e \nfalse\necho on":                "",
		"#!/usr/bin/env bash\necho ${BASH_VERSION:+by env}": "by env\n",
	} {
		if got, err := c.Exec(t.Context(), protocol.Exec{ID: script, Script: script}, nil); err != nil || got.Stdout != want {
			t.Errorf("%q gives %+v, %v; want %q", script, got, err, want)
		}
	}
	got, err := c.Exec(t.Context(), protocol.Exec{ID: "none", Script: "#!/nowhere/at/all\n"}, nil)
	if err != nil || got.ExitCode != -1 || !strings.Contains(got.Error, "/nowhere/at/all") {
		t.Errorf("a script of no program gives %+v, %v", got, err)
	}
}

func TestGigabyteIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	size := 0
	events := &numbered{t: t, each: func(e protocol.Event) { size += len(e.Text) }}
	result, err := r.client().Run(t.Context(), r.document("r", "  - {name: S, action: ExecuteBash, inputs: {commands: [yes a line of the kind that programs print | head -c 1G]}}\n"), events.take)
	if err != nil || result.Status != protocol.Success {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	if size > 8<<20 || size < 1<<20 {
		t.Errorf("%d bytes of log", size)
	}
	var memory int
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(r.cmd.Process.Pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			memory, _ = strconv.Atoi(strings.Fields(text)[0])
		}
	}
	if memory == 0 || memory > 100<<10 {
		t.Errorf("the agent used %d KiB", memory)
	}
}

// TestBombIsCleaned: children that the step leaves behind or starts without end are
// killed with it.
func TestBombIsCleaned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var group int
	events := &numbered{t: t, each: func(e protocol.Event) {
		if e.Stream == protocol.Stdout {
			group, _ = strconv.Atoi(e.Text)
		}
	}}
	const bomb = "echo $$; f() { sleep 1000 & test $1 -gt 0 && { f $(($1 - 1)) & f $(($1 - 1)) & }; wait; }; trap '' TERM; f 5"
	result, err := r.client().Run(t.Context(), r.document("r", "  - {name: S, action: ExecuteBash, timeoutSeconds: 2, inputs: {commands: ['"+strings.ReplaceAll(bomb, "'", "''")+"']}}\n"), events.take)
	if err != nil || result.Failed == nil || result.Failed.Error != "timed out after 2s" {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	eventually(t, func() bool { return group > 1 && gone(-group) })
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.client()
	var group int
	events := &numbered{t: t, each: func(e protocol.Event) {
		if e.Stream == protocol.Stdout {
			group, _ = strconv.Atoi(e.Text)
			go func() { _ = r.client().Cancel(t.Context(), "r") }()
		}
	}}
	result, err := c.Run(t.Context(), r.document("r", "  - {name: S, action: ExecuteBash, inputs: {commands: [echo $$, sleep 1000 & wait]}}\n"), events.take)
	if err != nil || result.Status != protocol.Cancelled {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	eventually(t, func() bool { return gone(-group) })
	if err := errors.Join(c.Cancel(t.Context(), "r"), c.Cancel(t.Context(), "unknown")); err != nil {
		t.Error(err)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.client()
	if err := errors.Join(c.Sync(t.Context()), c.Thaw(t.Context(), "/nowhere")); err != nil {
		t.Error(err)
	}
	if err := c.Freeze(t.Context(), "/proc", time.Second); err == nil {
		t.Error("a file system that cannot freeze was frozen")
	}
}

func TestFingerprint(t *testing.T) {
	r := newRig(t)
	c := r.client()
	print := func() string {
		t.Helper()
		sum, err := c.Fingerprint(t.Context(), []string{r.work, "/nowhere"})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	file := filepath.Join(r.work, "file")
	if err := os.WriteFile(file, []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	last := print()
	if print() != last {
		t.Error("nothing changed, and the fingerprint did")
	}
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"size", func() error { return os.WriteFile(file, []byte("ab"), 0o644) }},
		{"mode", func() error { return os.Chmod(file, 0o600) }},
		{"owner", func() error {
			if os.Geteuid() != 0 {
				return os.Chmod(file, 0o640) // only root gives files away
			}
			return os.Chown(file, 0, 12345)
		}},
		{"time", func() error { return os.Chtimes(file, time.Time{}, time.Unix(5, 0)) }},
		{"name", func() error { return os.Rename(file, file+"2") }},
		{"link", func() error { return os.Symlink("file2", file) }},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		now := print()
		if now == last {
			t.Errorf("the fingerprint does not see the %s", c.name)
		}
		last = now
	}
}

// TestFingerprintLeavesOutWhatABootNotes makes GRUB's note anew, as each boot of some
// distributions does.
func TestFingerprintLeavesOutWhatABootNotes(t *testing.T) {
	r := newRig(t)
	c := r.client()
	note := filepath.Join(r.work, "grubenv")
	var sums []string
	for _, text := range []string{"failed", "went well"} {
		if err := errors.Join(os.WriteFile(note+".new", []byte(text), 0o644), os.Rename(note+".new", note)); err != nil {
			t.Fatal(err)
		}
		sum, err := c.Fingerprint(t.Context(), []string{r.work})
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Error("the note of a boot counts as a change")
	}
}

func TestSecondAgentIsRefused(t *testing.T) {
	r := newRig(t)
	if _, err := r.client().Hello(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(agenttest.Binary(t), "serve", "--socket", r.socket+"2", "--state", r.state).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another agent uses the state folder") {
		t.Errorf("the second agent ended with %v: %s", err, out)
	}
}

func TestRestingAgentIsSmall(t *testing.T) {
	r := newRig(t)
	if _, err := r.client().Hello(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(r.cmd.Process.Pid) + "/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	if size := pages * os.Getpagesize() >> 20; size > 30 {
		t.Errorf("the agent at rest uses %d MiB on %s", size, runtime.GOARCH)
	}
}
