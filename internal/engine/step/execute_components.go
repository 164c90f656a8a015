package step

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/assembly"
	"ingot/internal/engine/call"
	"ingot/internal/engine/command"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
)

// executeComponents runs the recipe's components on an instance: in the build stage those
// that the cache lacks, with a node after each, and in the test stage the test phase of
// all.
type executeComponents struct{}

func (a executeComponents) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	live, err := c.Live(ctx)
	if live == nil || (err != nil && !errors.Is(err, instance.ErrLost)) {
		return outcome.Fault(ctx, err)
	}
	if c.Stage == call.StageTest {
		return a.test(ctx, c, live, err != nil)
	}
	report, err := assembly.Assemble(ctx, c, live, err != nil)
	out := outcome.Outputs(report)
	if err != nil {
		o := outcome.Fault(ctx, err)
		out["error"] = err.Error()
		o.Outputs = out
		return o
	}
	return outcome.Done(out)
}

// test runs the test phase of every component. If the machine is lost, the tests run
// again from their start on a new one, once.
func (a executeComponents) test(ctx context.Context, c *call.Call, live *instance.Live, gone bool) outcome.Outcome {
	run := protocol.Run{Phases: []string{"test"}}
	for i := range c.Plan.Components {
		run.Documents = append(run.Documents, command.Document(c.Plan, i))
	}
	var r protocol.Result
	var err error
	if !gone {
		r, err = command.Documents(ctx, c, live, "test", run)
	}
	if gone || assembly.Lost(ctx, err) {
		c.Printf("the machine of %s was lost; the tests begin anew on another", live.Row.ID)
		if live, err = c.Host.Renew(ctx, live, live.Row.Backend, live.Launch); err == nil {
			r, err = command.Documents(ctx, c, live, "test", run)
		}
	}
	if err != nil {
		return outcome.Fault(ctx, command.Explain(c, err))
	}
	return outcome.Done(map[string]any{"runCommandId": r.ID, "status": string(r.Status), "output": fmt.Sprintf("%d steps ran", r.Executed)})
}
