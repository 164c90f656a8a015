// Package command runs component documents and scripts on the instance of a step, as the
// service does with Run Command of Systems Manager. Their output goes into the image's
// log, each line once.
//
// A run has an id that depends on the machine, the step and what is run. A caller that
// asks again, after a restart of the server, follows the same run.
package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/plan"
)

// Document returns component i of the plan.
func Document(p *plan.Plan, i int) protocol.Document {
	d := p.Components[i]
	return protocol.Document{ARN: d.ARN, Name: d.Name, Data: d.Data, Parameters: d.Parameters}
}

// Documents runs documents on an instance. what is part of the run's id and must differ
// between runs on one machine. The error of a run that fails is a *Failure.
func Documents(ctx context.Context, c *call.Call, live *instance.Live, what string, run protocol.Run) (protocol.Result, error) {
	run.ID = live.Row.Token + "/" + c.Step + "/" + what
	run.WorkDir = c.Plan.WorkDir
	run.LogDir = c.Plan.WorkDir
	run.Environment = environment(c)
	run.AccountID, run.Region = c.Plan.Account, c.Plan.Region
	run.AfterSeq = c.Log.LastSeq(run.ID)
	from := func(arn string) string {
		if len(run.Documents) == 1 { // not what the guest says
			arn = run.Documents[0].ARN
		}
		return component(c, arn)
	}
	r, err := live.Agent.Run(ctx, run, sink(c, run.ID, what, func(e protocol.Event) string { return from(e.ARN) }))
	if err != nil {
		end(ctx, c, live, run.ID)
		return r, err
	}
	if r.Status != protocol.Success && r.Status != protocol.SuccessIgnored {
		failed := &Failure{result: r}
		if r.Failed != nil {
			failed.from = from(r.Failed.ARN)
		}
		return r, failed
	}
	return r, nil
}

func environment(c *call.Call) map[string]string {
	phase := "BUILDING"
	if c.Stage == call.StageTest {
		phase = "TESTING"
	}
	return map[string]string{
		"IMAGE_WORKFLOW_EXECUTION_ID": c.Execution, "IMAGE_STEP_EXECUTION_ID": c.Step,
		"IMAGE_BUILD_VERSION_ARN": c.Plan.Image, "IMAGE_PIPELINE_ARN": c.Plan.Pipeline, "IMAGE_PHASE": phase,
		"IMAGE_VERSION": c.Plan.Version, "IMAGE_BUILD_VERSION": fmt.Sprint(c.Plan.Build), "WORKING_DIRECTORY": c.Plan.WorkDir,
	}
}

// Script runs one of our scripts on an instance. Its output goes to the log.
func Script(ctx context.Context, c *call.Call, live *instance.Live, what, script string, out *string) error {
	run := live.Row.Token + "/" + c.Step + "/" + what
	r, err := live.Agent.Exec(ctx, protocol.Exec{
		ID: run, Script: script, AfterSeq: c.Log.LastSeq(run),
	}, sink(c, run, what, func(protocol.Event) string { return "script " + what }))
	if err != nil {
		end(ctx, c, live, run)
		return fmt.Errorf("running the %s script: %w", what, err)
	}
	if out != nil {
		*out = r.Stdout
	}
	if r.ExitCode != 0 {
		return fmt.Errorf("the %s script ended with exit status %d: %s", what, r.ExitCode, r.Stderr)
	}
	return nil
}

// endTime bounds how long a cancelled run may take to end.
const endTime = 10 * time.Second

// end kills the run of a step that was cancelled or timed out. When the server stops,
// runs continue and the next server follows them.
func end(ctx context.Context, c *call.Call, live *instance.Live, run string) {
	cause := context.Cause(ctx)
	if !errors.Is(cause, outcome.ErrCancelled) && !errors.Is(cause, context.DeadlineExceeded) {
		return
	}
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	if err := live.Agent.Cancel(late, run); err != nil {
		c.Printf("%v", err)
	}
}
