package engine

import (
	"context"
	"fmt"
	"time"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/document/workflow"
	"ingot/internal/engine/plan"
	"ingot/internal/engine/step"
	"ingot/internal/store"
)

// Start plans the build of an image and enqueues it, in the transaction that
// accepts the image: either all of it is there afterwards, or nothing.
func (e *Engine) Start(ctx context.Context, tx *store.Tx, account, region string, image *imagebuilder.Image) error {
	p, err := plan.Resolve(ctx, tx, e.Catalog, plan.Defaults{CacheMaxAge: e.CacheMaxAge, Now: time.Now()}, account, region, image)
	if err != nil {
		return err
	}
	if err := e.check(p); err != nil {
		return err
	}
	for i, w := range p.Workflows {
		if err := e.record(ctx, tx, p, i, w); err != nil {
			return fmt.Errorf("recording the workflow %s: %w", w.ARN, err)
		}
	}
	return e.runner.Enqueue(tx.Handle(), image.Arn, *p)
}

// check finds what would fail later: variables that do not exist, backends that
// this host lacks.
func (e *Engine) check(p *plan.Plan) error {
	for _, d := range p.Destinations {
		texts := []string{d.Name, d.Description}
		for _, v := range d.Tags {
			texts = append(texts, v)
		}
		for _, text := range texts {
			if _, err := step.Expand(text, p.Began, p.Build); err != nil {
				return err
			}
		}
	}
	if b := p.Machine.Backend; b != "" && e.Build.Host.Backends[b] == nil {
		return ingot.Errorf(ingot.InvalidRequest, "The infrastructure configuration asks for %s machines, and this host has none; `ingot doctor` says why.", b)
	}
	return nil
}

// record writes the rows of a workflow and its steps, all PENDING.
func (e *Engine) record(ctx context.Context, tx *store.Tx, p *plan.Plan, position int, w plan.Workflow) error {
	err := store.InsertExecution(ctx, tx, store.Execution{
		Account: p.Account, Region: p.Region, ID: w.Execution, ImageARN: p.Image, WorkflowARN: w.ARN,
		Type: w.Type, Position: position, Status: ingot.StepPending,
	})
	if err != nil {
		return err
	}
	doc, err := workflow.Parse([]byte(w.Document))
	if err != nil {
		return err
	}
	for i, s := range doc.Steps {
		if err := store.InsertStep(ctx, tx, stepRow(p, w, i, s)); err != nil {
			return err
		}
	}
	return nil
}

func stepRow(p *plan.Plan, w plan.Workflow, i int, s workflow.Step) store.StepExecution {
	row := store.StepExecution{
		Account: p.Account, Region: p.Region, ID: w.Steps[i], ExecutionID: w.Execution, ImageARN: p.Image,
		Position: i, Name: s.Name, Description: s.Description, Action: s.Action, OnFailure: "Abort",
		TimeoutSeconds: s.TimeoutSeconds,
	}
	if s.Continue {
		row.OnFailure = "Continue"
	}
	if row.TimeoutSeconds == 0 {
		row.TimeoutSeconds = int(step.Actions[s.Action].Default.Seconds())
	}
	return row
}
