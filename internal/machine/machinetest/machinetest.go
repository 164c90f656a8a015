// Package machinetest is the suite that every backend of machines passes, with
// real disks and the real agent.
//
// A boot is slow on some backends, so each test checks as much of one machine as it can.
// After every test the kernel's lists must have nothing of its machines.
package machinetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
)

// Rig is a backend to be tested.
type Rig struct {
	Backend machine.Backend
	// Kind is the name of the helper that supervises the backend's machines, and of the
	// column of [Abilities].
	Kind string
	// Disk returns a fresh clone of a bootable disk, in a folder where snapshots can be
	// made.
	Disk func(t testing.TB) string
	// Elsewhere is a command that, with a spec as JSON added, calls [Launch].
	Elsewhere []string
	// Freeze leaves a machine's disk frozen, as a freezer that is killed does. It is nil
	// for backends on which that cannot happen.
	Freeze func(t testing.TB, token string)
	// OwnKernel reports that a machine has a kernel of its own. Without memory that kills
	// processes, and the machine lives on. A boot is slow then, so fewer machines are
	// used.
	OwnKernel bool
	// Patience bounds one test; a boot without KVM is slow.
	Patience time.Duration
	// MemoryMiB is what a machine gets unless a test says otherwise.
	MemoryMiB int
}

// Run runs the suite.
func Run(t *testing.T, r Rig) {
	if r.Patience == 0 {
		r.Patience = 2 * time.Minute
	}
	if r.MemoryMiB == 0 {
		r.MemoryMiB = 512
	}
	tests := cheap
	if r.OwnKernel {
		tests = dear
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(newBench(t, r)) })
	}
}

// cheap are the tests of machines that start quickly, one subject each.
var cheap = map[string]func(*bench){
	"AMachineLivesAndLeavesNothing":      (*bench).life,
	"AReboot":                            (*bench).reboot,
	"ACopyGoesOnElsewhere":               (*bench).copy,
	"MachinesOutliveWhoStartedThem":      (*bench).outlive,
	"AKilledSupervisor":                  (*bench).killedSupervisor,
	"AFrozenDisk":                        (*bench).frozen,
	"MemoryIsLimited":                    (*bench).memory,
	"TasksAreLimited":                    (*bench).tasks,
	"ControlGroupsAreLimited":            (*bench).groups,
	"ASystemThatDoesNotFollowIsKilled":   (*bench).deaf,
	"WhatIsNoDiskIsRefused":              (*bench).badDisk,
	"DestroyingWhatIsNotThereIsASuccess": (*bench).nothing,
	"ASystemThatPowersItselfOffHasEnded": (*bench).selfOff,
}

// dear are those of machines that boot a kernel.
var dear = map[string]func(*bench){
	"AMachineAndItsCopyLiveAndLeaveNothing": (*bench).lives,
	"WhatIsNoDiskIsRefused":                 (*bench).badDisk,
	"DestroyingWhatIsNotThereIsASuccess":    (*bench).nothing,
}

// Launch runs the command [Rig.Elsewhere]: it launches a machine and waits to be killed.
// It returns the exit status.
func Launch(b machine.Backend, spec string) int {
	var s machine.Spec
	err := json.Unmarshal([]byte(spec), &s)
	if err == nil {
		_, err = b.Launch(context.Background(), s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	time.Sleep(time.Hour)
	return 0
}

// bench is a running test.
type bench struct {
	*testing.T
	Rig
	ctx context.Context
}

func newBench(t *testing.T, r Rig) *bench {
	ctx, cancel := context.WithTimeout(context.Background(), r.Patience)
	t.Cleanup(cancel)
	return &bench{T: t, Rig: r, ctx: ctx}
}

var count atomic.Int64

// spec returns the spec of a new machine on a disk. At the end of the test the machine is
// destroyed, and nothing may be left.
func (b *bench) spec(disk string) machine.Spec {
	token := fmt.Sprintf("mt-%d-%d", os.Getpid(), count.Add(1))
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), b.Patience)
		defer cancel()
		if b.Failed() {
			b.showConsole(token)
		}
		if err := b.Backend.Destroy(ctx, token); err != nil {
			b.Errorf("destroying: %v", err)
		}
		b.nothingLeft(token, disk)
	})
	return machine.Spec{Token: token, Disk: disk, CPUs: 2, MemoryMiB: b.MemoryMiB, Hostname: "suite"}
}

func (b *bench) showConsole(token string) {
	m, err := b.Backend.Attach(b.ctx, token)
	c, ok := m.(machine.Consoler)
	if err != nil || !ok {
		return
	}
	text, err := os.ReadFile(c.Console())
	b.Logf("the console of %s (%v):\n%s", token, err, text[max(0, len(text)-2000):])
}

// guest is a running machine and its agent.
type guest struct {
	*bench
	machine.Machine
	agent *client.Client
	hello protocol.Hello
	spec  machine.Spec
}

// launch starts a machine and waits for its agent.
func (b *bench) launch(spec machine.Spec) *guest {
	b.Helper()
	start := time.Now()
	m, err := b.Backend.Launch(b.ctx, spec)
	if err != nil {
		b.Fatalf("launching: %v", err)
	}
	launched := time.Since(start)
	g := b.greet(m, spec)
	b.Logf("launched after %v, the agent answered after %v", launched.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))
	return g
}

func (b *bench) greet(m machine.Machine, spec machine.Spec) *guest {
	b.Helper()
	g := &guest{bench: b, Machine: m, agent: client.New(m.Dial), spec: spec}
	b.Cleanup(g.agent.Close)
	var err error
	if g.hello, err = g.agent.Hello(b.ctx); err != nil {
		b.Fatalf("the agent does not answer: %v", err)
	}
	return g
}

// exec runs a script, which must succeed, and returns its output.
func (g *guest) exec(script string) string {
	g.Helper()
	result := g.try(script)
	if result.ExitCode != 0 {
		g.Fatalf("%s: status %d, %s\n%s%s", script, result.ExitCode, result.Error, result.Stdout, result.Stderr)
	}
	return strings.TrimSpace(result.Stdout)
}

// try runs a script that may fail.
func (g *guest) try(script string) protocol.ExecResult {
	g.Helper()
	result, err := g.agent.Exec(g.ctx, protocol.Exec{ID: fmt.Sprintf("exec-%d", count.Add(1)), Script: script}, nil)
	if err != nil {
		g.Fatalf("%s: %v", script, err)
	}
	return result
}

// run executes a component document.
func (g *guest) run(document string) (protocol.Result, []string) {
	g.Helper()
	var lines []string
	result, err := g.agent.Run(g.ctx, protocol.Run{
		ID: fmt.Sprintf("run-%d", count.Add(1)), Documents: []protocol.Document{{Name: "suite", Data: document}}, Phases: []string{"build"},
	}, func(e protocol.Event) {
		if e.Kind == protocol.KindLog {
			lines = append(lines, e.Text)
		}
	})
	if err != nil {
		g.Fatalf("running a component: %v", err)
	}
	if result.Status != protocol.Success {
		g.Fatalf("the component ended as %s: %s\n%s", result.Status, result.FailureMessage, strings.Join(lines, "\n"))
	}
	return result, lines
}

// stop powers the machine off and logs the time.
func (g *guest) stop() {
	g.Helper()
	start := time.Now()
	if err := g.Stop(g.ctx); err != nil {
		g.Fatalf("stopping: %v", err)
	}
	g.Logf("stopped after %v", time.Since(start).Round(time.Millisecond))
}

// ended waits until the machine ends by itself, and checks how.
func (g *guest) ended(want machine.ExitKind) machine.Exit {
	g.Helper()
	exit, err := g.Wait(g.ctx)
	if err != nil {
		g.Fatalf("waiting for the end: %v", err)
	}
	if exit.Kind != want {
		g.Errorf("the machine ended as %q (%s), want %q", exit.Kind, exit.Detail, want)
	}
	return exit
}

// elsewhere launches a machine from a process that is killed as soon as the supervisor is
// started, and again from this process, as a restarted server does.
func (b *bench) elsewhere(spec machine.Spec) *guest {
	b.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		b.Fatal(err)
	}
	argv := append(append([]string{}, b.Elsewhere...), string(text))
	cmd := exec.CommandContext(b.ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for b.findSupervisor(spec.Token) == 0 {
		if b.ctx.Err() != nil {
			b.Fatal("no supervisor was started")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		b.Error("the launcher was through before it was killed")
	}
	return b.launch(spec)
}

// isExit reports whether an error is an exit of a kind.
func isExit(err error, kind machine.ExitKind) bool {
	var exit *machine.Exit
	return errors.As(err, &exit) && exit.Kind == kind
}
