package engine_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/internal/machine/memory"
)

// TestReasonsTellNoPath fails builds by faults whose texts name the server's folders:
// what users see does not.
func TestReasonsTellNoPath(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, r *rig){
		"the parent's disk is gone": func(t *testing.T, r *rig) {
			blobs, err := filepath.Glob(filepath.Join(r.dir, "regions", region, "*"))
			if err != nil || len(blobs) == 0 {
				t.Fatalf("blobs %v, %v", blobs, err)
			}
			for _, b := range blobs {
				if err := os.RemoveAll(b); err != nil {
					t.Fatal(err)
				}
			}
		},
		"a file lies where the machines' folder was": func(t *testing.T, r *rig) { replace(t, filepath.Join(r.dir, "machines")) },
		"a file lies where the nodes' folder was":    func(t *testing.T, r *rig) { replace(t, filepath.Join(r.dir, "nodes")) },
		"a file lies where the logs' folder was":     func(t *testing.T, r *rig) { replace(t, filepath.Join(r.dir, "logs")) },
		"the table of nodes is gone": func(t *testing.T, r *rig) {
			if _, err := r.store.DB().Exec(t.Context(), `DROP TABLE nodes`); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, memory.Config{})
			harm(t, r)
			arn := r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}})
			if image := r.await(arn); image.State.Status != "FAILED" {
				t.Errorf("it is %+v", image.State)
			}
			if name == "the table of nodes is gone" && !strings.Contains(r.log(arn), "no such table: nodes") {
				t.Errorf("the log does not say what happened:\n%s", r.log(arn))
			}
			for _, secret := range []string{r.dir, "goroutine", "no such table", "SQL"} {
				if text := r.answers(arn); strings.Contains(text, secret) {
					at := strings.Index(text, secret)
					t.Errorf("users are told of %s: …%.300s", secret, text[max(0, at-100):])
				}
			}
		})
	}
}

// TestFaultsWhilePlacesAreGiven end no build: it waits until the fault is over or its
// user cancels it, and its reason names nothing of the server.
func TestFaultsWhilePlacesAreGiven(t *testing.T) {
	for _, want := range []string{"AVAILABLE", "CANCELLED"} {
		t.Run(want, func(t *testing.T) {
			r := newRig(t, memory.Config{})
			tried := make(chan struct{}, 100)
			room := func() (int64, error) {
				tried <- struct{}{}
				return 0, fmt.Errorf("asking %s/pool: no such table", r.dir)
			}
			r.room.Store(&room)
			arn := r.start(order{})
			<-tried
			if want == "CANCELLED" {
				r.sql(`ALTER TABLE instances RENAME TO away`)
				r.cancel(arn)
			}
			r.room.Store(nil)
			if image := r.await(arn); image.State.Status != want {
				t.Errorf("%+v", image.State)
			}
			for _, secret := range []string{r.dir, "no such table", "SQL"} {
				if text := r.answers(arn) + r.log(arn); strings.Contains(text, secret) {
					t.Errorf("users are told of %s: %s", secret, text)
				}
			}
		})
	}
}

func (r *rig) sql(text string) {
	r.t.Helper()
	if _, err := r.store.DB().Exec(r.t.Context(), text); err != nil {
		r.t.Fatal(err)
	}
}

// TestNoPlaceNamesNoFolder of the server, wherever a build learns that there is none for
// it: while it waits, when it has begun, and when it launches its machine.
func TestNoPlaceNamesNoFolder(t *testing.T) {
	for asked, where := range []string{"in the queue", "at its turn", "at its launch"} {
		t.Run(where, func(t *testing.T) {
			r := newRig(t, memory.Config{})
			var times atomic.Int64
			large := func(int64) error {
				if times.Add(1) <= int64(asked) {
					return nil
				}
				return fmt.Errorf("no disk fits into %s/pool", r.dir)
			}
			r.fits.Store(&large)
			arn := r.start(order{})
			if image := r.await(arn); image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "no disk fits into DATA/pool") {
				t.Errorf("%+v", image.State)
			}
			if text := r.answers(arn); strings.Contains(text, r.dir) {
				t.Errorf("users are told of the folder: %s", text)
			}
			launched := len(r.steps(arn)) > 0 && r.steps(arn)[0].Status != "PENDING"
			if want := where == "at its launch"; launched != want {
				t.Errorf("a step has begun: %v", launched)
			}
		})
	}
}

// replace replaces a folder by a file.
func replace(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// answers returns all that the service says of an image, its executions and their steps.
func (r *rig) answers(arn string) string {
	r.t.Helper()
	ctx := as(account)
	image, err := r.service.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: arn})
	if err != nil {
		r.t.Fatal(err)
	}
	executions, err := r.service.ListWorkflowExecutions(ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: arn})
	if err != nil {
		r.t.Fatal(err)
	}
	all := []any{image, executions}
	for _, e := range executions.WorkflowExecutions {
		steps, err := r.service.ListWorkflowStepExecutions(ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: e.WorkflowExecutionId})
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, steps)
		for _, s := range steps.Steps {
			one, err := r.service.GetWorkflowStepExecution(ctx, &imagebuilder.GetWorkflowStepExecutionInput{StepExecutionId: s.StepExecutionId})
			if err != nil {
				r.t.Fatal(err)
			}
			all = append(all, one)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}
