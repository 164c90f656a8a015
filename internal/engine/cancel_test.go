package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingot/api/imagebuilder"
	"ingot/internal/agent/protocol"
	"ingot/internal/engine/places"
	"ingot/internal/engine/step"
	"ingot/internal/imagelog"
	"ingot/internal/machine"
	"ingot/internal/machine/memory"
)

func (r *rig) cancel(arn string) {
	r.t.Helper()
	if _, err := r.service.CancelImageCreation(as(account), &imagebuilder.CancelImageCreationInput{ImageBuildVersionArn: arn, ClientToken: token()}); err != nil {
		r.t.Fatal(err)
	}
}

// TestCancel ends a build in the middle of its components, and of its tests.
func TestCancel(t *testing.T) {
	for _, stage := range []string{"build", "test"} {
		t.Run(stage, func(t *testing.T) {
			reached := make(chan struct{}, 8)
			r := newRig(t, memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
				if run.Phases[0] != stage {
					return protocol.Result{ID: run.ID, Status: protocol.Success}
				}
				reached <- struct{}{}
				<-ctx.Done()
				return protocol.Result{ID: run.ID, Status: protocol.Cancelled}
			}})
			arn := r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("sleep"))}, tests: true, regions: twoRegions})
			<-reached
			r.cancel(arn)
			if image := r.await(arn); image.State.Status != "CANCELLED" {
				t.Errorf("%+v", image.State)
			}
			r.empty()
		})
	}
}

// TestCancelledBuildKeepsNoMachine, whatever its configuration says of failures.
func TestCancelledBuildKeepsNoMachine(t *testing.T) {
	reached := make(chan struct{}, 1)
	r := newRig(t, memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		reached <- struct{}{}
		<-ctx.Done()
		return protocol.Result{ID: run.ID, Status: protocol.Cancelled}
	}})
	arn := r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("sleep"))}, keep: true})
	<-reached
	r.cancel(arn)
	if image := r.await(arn); image.State.Status != "CANCELLED" {
		t.Errorf("%+v", image.State)
	}
	r.empty()
}

// TestCancelBetween cancels builds whose running step ends by itself first.
func TestCancelBetween(t *testing.T) {
	t.Run("LAUNCH", func(t *testing.T) {
		var r *rig
		arn := make(chan string, 1)
		r = newRig(t, memory.Config{Launch: func(machine.Spec) error { r.cancel(<-arn); return nil }})
		a := r.start(order{})
		arn <- a
		if image := r.await(a); image.State.Status != "CANCELLED" {
			t.Errorf("%+v", image.State)
		}
		r.empty()
	})
	t.Run("DISTRIBUTING", func(t *testing.T) {
		r := newRig(t, memory.Config{})
		arn := make(chan string, 1)
		cancelled := false
		sync := func() error {
			a := <-arn
			if arn <- a; r.image(a).State.Status == "DISTRIBUTING" && !cancelled {
				cancelled = true
				r.cancel(a)
			}
			return nil
		}
		r.sync.Store(&sync)
		a := r.start(order{regions: twoRegions})
		arn <- a
		if image := r.await(a); image.State.Status != "CANCELLED" || len(image.OutputResources.Amis) > 0 {
			t.Errorf("%+v, %+v", image.State, image.OutputResources)
		}
		r.empty()
	})
}

// TestCancelWhileItWaits cancels an image before its turn; the next image then has the
// turn.
func TestCancelWhileItWaits(t *testing.T) {
	reached, goOn := make(chan struct{}, 4), make(chan struct{})
	r := &rig{t: t, dir: t.TempDir(), limits: places.Limits{Turns: 1}, hooks: memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		reached <- struct{}{}
		<-goOn
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}}}
	r.begin()
	slow := order{components: []string{r.component(account, "slow", "1.0.0", document("sleep"))}, tags: map[string]string{"ingot:cache": "off"}}
	first := r.start(slow)
	<-reached
	second := r.start(slow)
	r.cancel(second)
	if image := r.await(second); image.State.Status != "CANCELLED" {
		t.Errorf("%+v", image.State)
	}
	third := r.start(slow)
	close(goOn)
	r.available(first)
	r.available(third)
	if s := r.image(second).State; s.Status != "CANCELLED" {
		t.Errorf("after its turn it is %+v", s)
	}
	if log := r.logOf(second); !strings.HasPrefix(log, "[server] waits for its turn") || !strings.HasSuffix(log, "\n[server] CANCELLED") || strings.Count(log, "\n") != 1 {
		t.Errorf("its log is %q", log)
	}
	if open := r.openLogs(); len(open) > 0 {
		t.Errorf("logs of images that have ended are open: %q", open)
	}
}

// logOf returns the log of an image as people see it, without the times.
func (r *rig) logOf(arn string) string {
	r.t.Helper()
	log, err := r.logs.Image(arn)
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	err = log.Read(context.Background(), false, func(e imagelog.Entry) error {
		for _, line := range e.Lines() {
			lines = append(lines, line[len(imagelog.TimeForm)+1:])
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// openLogs lists the logs that this process has open.
func (r *rig) openLogs() (open []string) {
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, filepath.Join(r.dir, "logs")) {
			open = append(open, to)
		}
	}
	return open
}

// TestStepTimesOut looks for the end of what the step began in the machine.
func TestStepTimesOut(t *testing.T) {
	actions := step.Actions()
	spec := actions["ExecuteComponents"]
	spec.Default = 200 * time.Millisecond
	actions["ExecuteComponents"] = spec
	killed := make(chan struct{}, 1)
	r := (&rig{t: t, dir: t.TempDir(), actions: actions, hooks: memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		<-ctx.Done()
		killed <- struct{}{}
		return protocol.Result{ID: run.ID, Status: protocol.Cancelled}
	}}}).begin()
	image := r.await(r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("sleep"))}, keep: true}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "timed out") || !strings.Contains(image.State.Reason, "200ms") {
		t.Errorf("%+v", image.State)
	}
	<-killed
	if left := r.instances(); len(left) != 1 {
		t.Errorf("instances %v", left)
	}
}
