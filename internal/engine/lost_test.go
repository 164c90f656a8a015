package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/instance"
	"ingot/internal/machine/memory"
)

// TestLostMachine continues from the last node on a new machine.
func TestLostMachine(t *testing.T) {
	var r *rig
	var lost atomic.Bool
	r = newRig(t, memory.Config{Run: func(_ context.Context, m *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		if strings.Contains(run.Documents[0].Data, "two") && lost.CompareAndSwap(false, true) {
			r.backend.Lose(m.Spec().Token)
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	arn := r.start(order{components: []string{
		r.component(account, "one", "1.0.0", document("one")), r.component(account, "two", "1.0.0", document("two")),
	}})
	r.available(arn)
	if _, all := r.decisions(arn); all[0].Cached || all[1].Cached || all[0].Seconds == 0 || !strings.Contains(all[0].Why, "no such step") {
		t.Errorf("its own nodes count as cached, or what was decided is forgotten: %+v", all)
	}
	if log := r.log(arn); !strings.Contains(log, "going on from the last node") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// TestMachineIsLostTooOften ends the build instead of trying for ever.
func TestMachineIsLostTooOften(t *testing.T) {
	var r *rig
	r = newRig(t, memory.Config{Run: func(_ context.Context, m *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		r.backend.Lose(m.Spec().Token)
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	image := r.await(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}}))
	if image.State.Status != "FAILED" {
		t.Errorf("%+v", image.State)
	}
	r.empty()
}

// TestMachineIsLostWhileItIsCleaned replaces it by another on the last node, and cleans
// that.
func TestMachineIsLostWhileItIsCleaned(t *testing.T) {
	var r *rig
	var cleaned atomic.Int32
	r = newRig(t, memory.Config{Exec: func(_ context.Context, m *memory.Machine, exec protocol.Exec, _ func(protocol.Event)) protocol.ExecResult {
		if strings.Contains(exec.Script, "nothing is cleaned") && cleaned.Add(1) == 1 {
			r.backend.Lose(m.Spec().Token)
		}
		return protocol.ExecResult{ID: exec.ID}
	}})
	arn := r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}})
	r.available(arn)
	if n := cleaned.Load(); n != 2 {
		t.Errorf("machines were cleaned %d times", n)
	}
	if log := r.log(arn); !strings.Contains(log, "going on from the last node") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// TestMachineIsLostWhileItIsTested begins its tests anew, once.
func TestMachineIsLostWhileItIsTested(t *testing.T) {
	for times, want := range map[int32]string{1: "AVAILABLE", 2: "FAILED"} {
		var r *rig
		var tests atomic.Int32
		r = newRig(t, memory.Config{Run: func(_ context.Context, m *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
			if run.Phases[0] == "test" && tests.Add(1) <= times {
				r.backend.Lose(m.Spec().Token)
			}
			return protocol.Result{ID: run.ID, Status: protocol.Success}
		}})
		image := r.await(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}, tests: true}))
		if image.State.Status != want || tests.Load() != 2 {
			t.Errorf("lost %d times: %+v after %d tests", times, image.State, tests.Load())
		}
	}
}

// TestTornNode has the disk of a node that a host that lost its power leaves: the build
// continues from the node before.
func TestTornNode(t *testing.T) {
	reached, goOn := make(chan struct{}, 4), make(chan struct{})
	r := newRig(t, memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		if strings.Contains(run.Documents[0].Data, "two") {
			reached <- struct{}{}
			<-goOn
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	arn := r.start(order{components: []string{
		r.component(account, "one", "1.0.0", document("one")), r.component(account, "two", "1.0.0", document("two")),
	}})
	<-reached
	var l instance.Launch
	row := r.instances()[0]
	if err := json.Unmarshal([]byte(row.Launch), &l); err != nil {
		t.Fatal(err)
	}
	r.close()
	torn := filepath.Join(r.folder("nodes"), l.Progress.Key+".raw."+row.Token)
	if err := os.WriteFile(torn, make([]byte, parentMiB<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	r.open()
	close(goOn)
	r.available(arn)
	if log := r.log(arn); !strings.Contains(log, "not whole") || !strings.Contains(log, "going on from the last node") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}
