package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"ingot/internal/agent/executor"
	"ingot/internal/agent/protocol"
)

// TestMain lets the test binary be an agent that a test can kill: it executes the
// run in the file that the variable names.
func TestMain(m *testing.M) {
	if file := os.Getenv("EXECUTOR_TEST_CONFIG"); file != "" {
		os.Exit(agent(file))
	}
	os.Exit(m.Run())
}

func agent(file string) int {
	var c executor.Config
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &c) != nil {
		return 3
	}
	out := json.NewEncoder(os.Stdout)
	c.Emit = func(e protocol.Event) { _ = out.Encode(e) }
	if _, err := executor.Execute(context.Background(), c); err != nil {
		return 4
	}
	return 0
}

// rig is one run on this machine.
type rig struct {
	executor.Config
	t *testing.T

	mu     sync.Mutex
	events []protocol.Event
}

func newRig(t *testing.T, documents ...string) *rig {
	t.Helper()
	r := &rig{t: t}
	r.Dir, r.Boot = t.TempDir(), "boot-1"
	r.Run = protocol.Run{ID: "m-1/s-2/what", WorkDir: t.TempDir(), Environment: map[string]string{"IMAGE_PHASE": "BUILDING"}}
	r.Run.LogDir = r.Run.WorkDir
	for _, d := range documents {
		r.Run.Documents = append(r.Run.Documents, protocol.Document{Data: d})
	}
	r.Emit = func(e protocol.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}
	return r
}

func (r *rig) execute() protocol.Result {
	r.t.Helper()
	result, err := executor.Execute(r.t.Context(), r.Config)
	if err != nil {
		r.t.Fatalf("Execute: %v", err)
	}
	return result
}

// reboots executes up to a restart, and begins the next life of the machine.
func (r *rig) reboots() {
	r.t.Helper()
	if _, err := executor.Execute(r.t.Context(), r.Config); !errors.Is(err, executor.ErrReboot) {
		r.t.Fatalf("Execute = %v, want a restart", err)
	}
	r.Boot += "+"
}

// said returns what steps printed to standard output, by lines.
func (r *rig) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, e := range r.events {
		if e.Kind == protocol.KindLog && e.Stream == protocol.Stdout {
			lines = append(lines, e.Text)
		}
	}
	return strings.Join(lines, "|")
}

func (r *rig) want(result protocol.Result, status protocol.Status, message string) {
	r.t.Helper()
	got := ""
	if result.Failed != nil {
		got = result.Failed.Error
	}
	if result.Status != status || !strings.Contains(got, message) {
		r.t.Fatalf("result = %s (%s), failed %+v; want %s with %q", result.Status, result.FailureMessage, result.Failed, status, message)
	}
}

func (r *rig) wantSaid(want string) {
	r.t.Helper()
	if got := r.said(); got != want {
		r.t.Errorf("said %q, want %q", got, want)
	}
}

func (r *rig) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Run.WorkDir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// agent starts the run in a process of its own, with its standard output.
func (r *rig) agent() (*exec.Cmd, *json.Decoder) {
	r.t.Helper()
	text, err := json.Marshal(map[string]any{"Run": r.Run, "Dir": r.Dir, "Boot": r.Boot})
	if err != nil {
		r.t.Fatal(err)
	}
	file := filepath.Join(r.t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EXECUTOR_TEST_CONFIG="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, json.NewDecoder(out)
}

// killAt kills the agent's process at the first event that matches.
func (r *rig) killAt(is func(protocol.Event) bool) {
	r.t.Helper()
	cmd, events := r.agent()
	for {
		var e protocol.Event
		if err := events.Decode(&e); err != nil {
			r.t.Fatalf("the agent ended without the event: %v", err)
		}
		if is(e) {
			break
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		r.t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

// build makes a document of one build phase from its steps.
func build(steps string) string {
	return "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n" + steps
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
