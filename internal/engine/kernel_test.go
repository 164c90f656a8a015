package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine/memory"
)

// kernels are machines on which documents that name a kernel change /boot. They note
// their scripts.
type kernels struct {
	mu      sync.Mutex
	changed map[string]int // tokens
	scripts []string
	looks   int
}

func (k *kernels) hooks() memory.Config {
	return memory.Config{
		Run: func(_ context.Context, m *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
			k.mu.Lock()
			defer k.mu.Unlock()
			if strings.Contains(run.Documents[0].Data, "kernel") {
				k.changed[m.Spec().Token]++
			}
			return protocol.Result{ID: run.ID, Status: protocol.Success}
		},
		Exec: func(_ context.Context, _ *memory.Machine, exec protocol.Exec, _ func(protocol.Event)) protocol.ExecResult {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.scripts = append(k.scripts, exec.Script)
			return protocol.ExecResult{ID: exec.ID}
		},
		Fingerprint: func(m *memory.Machine, _ []string) string {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.looks++
			return strings.Repeat("kernel ", 1+k.changed[m.Spec().Token])
		},
	}
}

func (k *kernels) updates() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.scripts {
		if strings.Contains(s, "update-grub") {
			n++
		}
	}
	return n
}

// TestKernelIsNoSandboxsBusiness runs the component again on a real machine, and the next
// one in the sandbox.
func TestKernelIsNoSandboxsBusiness(t *testing.T) {
	sandbox, real := &kernels{changed: map[string]int{}}, &kernels{changed: map[string]int{}}
	hooks := real.hooks()
	r := (&rig{t: t, dir: t.TempDir(), hooks: sandbox.hooks(), qemu: &hooks}).begin()
	var three []string
	for _, name := range []string{"one", "kernel", "three"} {
		three = append(three, r.component(account, name, "1.0.0", document("echo "+name)))
	}
	arn := r.start(order{components: three})
	r.available(arn)
	_, all := r.decisions(arn)
	for i, want := range []string{"sandbox", "qemu", "sandbox"} {
		if all[i].Backend != want || all[i].Cached {
			t.Errorf("component %d: %+v", i+1, all[i])
		}
	}
	if !strings.Contains(all[1].Why, "not a sandbox's business") || !strings.Contains(r.log(arn), "that is discarded") {
		t.Errorf("%+v\n%s", all[1], r.log(arn))
	}
	if sandbox.updates() != 0 || real.updates() != 1 {
		t.Errorf("the boot configuration was written %d times in the sandbox, %d times on the real machine", sandbox.updates(), real.updates())
	}
	again := r.start(order{components: three})
	r.available(again)
	if provenance, _ := r.decisions(again); provenance != "cached 3 of 3" {
		t.Errorf("the same again is %s", provenance)
	}
	if tokens, err := r.backend.Tokens(t.Context()); err != nil || len(tokens) > 0 {
		t.Errorf("machines are left: %v, %v", tokens, err)
	}
}

// TestKernelOnRealMachine needs no second run.
func TestKernelOnRealMachine(t *testing.T) {
	real := &kernels{changed: map[string]int{}}
	r := newRig(t, real.hooks())
	arn := r.start(order{machine: "qemu", components: []string{
		r.component(account, "kernel", "1.0.0", document("echo kernel")), r.component(account, "again", "1.0.0", document("echo kernel again")),
	}})
	r.available(arn)
	if _, all := r.decisions(arn); all[0].Backend != "qemu" || all[1].Backend != "qemu" {
		t.Errorf("%+v", all)
	}
	if real.updates() != 2 {
		t.Errorf("the boot configuration was written %d times", real.updates())
	}
}

// TestKernelOfANodeIsKnown looks at the kernels once per component, not also before the
// first one on a node.
func TestKernelOfANodeIsKnown(t *testing.T) {
	k := &kernels{changed: map[string]int{}}
	r := newRig(t, k.hooks())
	one := r.component(account, "one", "1.0.0", document("echo one"))
	for i, want := range []int{3, 1} {
		two := r.component(account, "two", fmt.Sprintf("1.0.%d", i), document(fmt.Sprint("echo two", i)))
		k.looks = 0
		r.available(r.start(order{components: []string{one, two}}))
		if k.looks != want {
			t.Errorf("build %d looked %d times at the kernels, want %d", i+1, k.looks, want)
		}
	}
}
