package engine_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"modernc.org/sqlite"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine/memory"
)

// refusal stands for a full disk: while it is set, no image changes its state, and each
// try is reported.
var refusal atomic.Pointer[chan struct{}]

func init() {
	sqlite.MustRegisterScalarFunction("disk_is_full", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		tried := refusal.Load()
		if tried == nil {
			return int64(0), nil
		}
		*tried <- struct{}{}
		return int64(1), nil
	})
}

// TestEndThatCannotBeWritten is written as soon as there is space: as CANCELLED if the
// user asked for that meanwhile.
func TestEndThatCannotBeWritten(t *testing.T) {
	for _, want := range []string{"FAILED", "CANCELLED"} {
		tried := make(chan struct{}, 100)
		fails := failing("boom").Run
		r := newRig(t, memory.Config{Run: func(ctx context.Context, m *memory.Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result {
			refusal.Store(&tried)
			return fails(ctx, m, run, emit)
		}})
		_, err := r.store.DB().Exec(t.Context(), `CREATE TRIGGER full BEFORE UPDATE OF status ON images WHEN disk_is_full()
			BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
		if err != nil {
			t.Fatal(err)
		}
		arn := r.start(order{components: []string{r.component(account, "bad", "1.0.0", document("boom"))}})
		for range 3 { // the step's end, the image's end, and again
			<-tried
		}
		if want == "CANCELLED" {
			r.cancel(arn)
		}
		refusal.Store(nil)
		image := r.await(arn)
		if image.State.Status != want || strings.Contains(image.State.Reason, "disk is full") != (want == "FAILED") {
			t.Errorf("%+v", image.State)
		}
		r.empty()
	}
}

// TestLogThatCannotBeOpened fails the image instead of leaving it PENDING.
func TestLogThatCannotBeOpened(t *testing.T) {
	r := newRig(t, memory.Config{})
	if err := os.WriteFile(filepath.Join(r.dir, "logs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	image := r.await(r.start(order{}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "could not go on") {
		t.Errorf("%+v", image.State)
	}
}

// TestSpaceIsWatched while a component runs, and not only before and after it.
func TestSpaceIsWatched(t *testing.T) {
	asked := make(chan struct{}, 1)
	r := newRig(t, memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		select { // earlier requests
		case <-asked:
		default:
		}
		<-asked
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	note := func() error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return nil
	}
	r.space.Store(&note)
	r.available(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}}))
}

// TestComponentThatFillsTheSpace fails with the pool's sentence.
func TestComponentThatFillsTheSpace(t *testing.T) {
	for _, stage := range []string{"build", "test"} {
		var r *rig
		full := func() error { return errors.New("remove something") }
		r = newRig(t, memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
			if run.Phases[0] != stage {
				return protocol.Result{ID: run.ID, Status: protocol.Success}
			}
			r.space.Store(&full)
			return memory.Fail(run, 0, "no space left on device")
		}})
		image := r.await(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}, tests: true}))
		if !strings.Contains(image.State.Reason, "no space left on device") || !strings.Contains(image.State.Reason, "remove something") {
			t.Errorf("%+v", image.State)
		}
	}
}
