package step

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
)

// executeComponents runs the recipe's components on an instance: in the build
// stage what the cache does not have, each ending in a node, and in the test stage
// the test phase of all.
type executeComponents struct{}

func (a executeComponents) Run(ctx context.Context, c *Call) Outcome {
	live, err := c.live(ctx)
	if live == nil || (err != nil && !errors.Is(err, instance.ErrLost)) {
		return Fault(ctx, err)
	}
	if c.Stage == StageTest {
		return a.test(ctx, c, live, err != nil)
	}
	b := &assembly{Call: c, live: live, lost: err != nil}
	err = b.assemble(ctx)
	out := outputs(b.report())
	if err != nil {
		o := Fault(ctx, err)
		out["error"] = err.Error()
		o.Outputs = out
		return o
	}
	return Done(out)
}

// test runs the test phase of every component. A machine that was lost takes its
// tests with it: they begin anew on a new one, once.
func (a executeComponents) test(ctx context.Context, c *Call, live *instance.Live, gone bool) Outcome {
	run := protocol.Run{Phases: []string{"test"}}
	for i := range c.Plan.Components {
		run.Documents = append(run.Documents, c.document(i))
	}
	var r protocol.Result
	var err error
	if !gone {
		r, err = c.runDocuments(ctx, live, "test", run)
	}
	if gone || lost(ctx, err) {
		c.printf("the machine of %s was lost; the tests begin anew on another", live.Row.ID)
		if live, err = c.Host.Renew(ctx, live, live.Row.Backend, live.Launch); err == nil {
			r, err = c.runDocuments(ctx, live, "test", run)
		}
	}
	if err != nil {
		return Fault(ctx, c.explain(c.withSpace(err)))
	}
	return Done(map[string]any{"runCommandId": r.ID, "status": string(r.Status), "output": fmt.Sprintf("%d steps ran", r.Executed)})
}

func (c *Call) document(i int) protocol.Document {
	d := c.Plan.Components[i]
	return protocol.Document{ARN: d.ARN, Name: d.Name, Data: d.Data, Parameters: d.Parameters}
}

// runDocuments runs documents on an instance; what is part of the run's id must
// differ between runs on one machine. A run that fails gives a *componentError.
func (c *Call) runDocuments(ctx context.Context, live *instance.Live, what string, run protocol.Run) (protocol.Result, error) {
	run.ID = live.Row.Token + "/" + c.Step + "/" + what
	run.WorkDir = c.Plan.WorkDir
	run.LogDir = c.Plan.WorkDir
	run.Environment = c.environment()
	run.AccountID, run.Region = c.Plan.Account, c.Plan.Region
	run.AfterSeq = c.Log.LastSeq(run.ID)
	from := func(arn string) string {
		if len(run.Documents) == 1 { // whatever the guest says
			arn = run.Documents[0].ARN
		}
		return c.component(arn)
	}
	r, err := live.Agent.Run(ctx, run, c.sink(run.ID, what, func(e protocol.Event) string { return from(e.ARN) }))
	if err != nil {
		c.end(ctx, live, run.ID)
		return r, err
	}
	if r.Status != protocol.Success && r.Status != protocol.SuccessIgnored {
		failed := &componentError{result: r}
		if r.Failed != nil {
			failed.from = from(r.Failed.ARN)
		}
		return r, failed
	}
	return r, nil
}

func (c *Call) environment() map[string]string {
	phase := "BUILDING"
	if c.Stage == StageTest {
		phase = "TESTING"
	}
	return map[string]string{
		"IMAGE_WORKFLOW_EXECUTION_ID": c.Execution, "IMAGE_STEP_EXECUTION_ID": c.Step,
		"IMAGE_BUILD_VERSION_ARN": c.Plan.Image, "IMAGE_PIPELINE_ARN": c.Plan.Pipeline, "IMAGE_PHASE": phase,
		"IMAGE_VERSION": c.Plan.Version, "IMAGE_BUILD_VERSION": fmt.Sprint(c.Plan.Build), "WORKING_DIRECTORY": c.Plan.WorkDir,
	}
}

// componentError is a component that failed; its text is what the API shows.
type componentError struct {
	result protocol.Result
	from   string // who failed, as the log marks it
}

func (e *componentError) Error() string {
	f := e.result.Failed
	if f == nil {
		return cmpText(e.result.FailureMessage, "the components failed")
	}
	return fmt.Sprintf("Document %s failed! Step %s of phase %s (%s): %s%s", cmpText(f.ARN, f.Document), f.Step, f.Phase, f.Action, f.Error, lastWord(f.Stderr))
}

// lastWord is the last line that a program wrote to its standard error, which mostly
// says why it failed.
func lastWord(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	const most = 200
	return fmt.Sprintf("; it said last: %.*s", most, last)
}

func cmpText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// Report is the step's outputs: how each component got into the image.
type Report struct {
	RunCommandID string           `json:"runCommandId"`
	Status       string           `json:"status"`
	Provenance   string           `json:"provenance"` // "clean", or "cached 2 of 3"
	Components   []nodes.Decision `json:"components"`
	Notes        []string         `json:"notes,omitempty"` // what else was decided, in words
	Output       string           `json:"output"`
}

func (b *assembly) report() Report {
	cached := 0
	for _, d := range b.decisions {
		if d.Cached {
			cached++
		}
	}
	provenance := "clean"
	if cached > 0 {
		provenance = fmt.Sprintf("cached %d of %d", cached, len(b.decisions))
	}
	return Report{
		RunCommandID: b.Step, Status: "Success", Provenance: provenance, Components: b.decisions, Notes: b.notes,
		Output: fmt.Sprintf("%d components ran, %d were taken from the cache", len(b.decisions)-cached, cached),
	}
}
