package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/document/workflow"
	"ingot/internal/engine/ami"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// Start plans the build of an image and enqueues it, in the transaction that accepts the
// image.
func (e *Engine) Start(ctx context.Context, tx *store.Tx, account, region string, image *imagebuilder.Image) error {
	p, err := plan.Resolve(ctx, tx, e.Catalog, plan.Defaults{CacheMaxAge: e.CacheMaxAge, Now: time.Now()}, account, region, image)
	if err != nil {
		return err
	}
	if err := e.check(p); err != nil {
		return err
	}
	if err := store.SetParent(ctx, tx, image.Arn, p.Parent.Region, p.Parent.Digest); err != nil {
		return err
	}
	for i, w := range p.Workflows {
		if err := e.insertRows(ctx, tx, p, i, w); err != nil {
			return fmt.Errorf("recording the workflow %s: %w", w.ARN, err)
		}
	}
	return e.enqueue(ctx, tx, p)
}

// check refuses what would fail later: unknown variables, user data that is not a script,
// backends that this host lacks.
func (e *Engine) check(p *plan.Plan) error {
	for _, d := range p.Destinations {
		texts := []string{d.Name, d.Description}
		for _, v := range d.Tags {
			texts = append(texts, v)
		}
		for _, text := range texts {
			if _, err := ami.Expand(text, p.Began, p.Build); err != nil {
				return err
			}
		}
	}
	if err := checkUserData(p.UserData); err != nil {
		return err
	}
	return e.checkBackends(p)
}

// userDataForms are the forms of user data beside scripts that cloud-init accepts on EC2,
// by how they begin.
var userDataForms = []struct{ mark, name string }{
	{"#cloud-config", "cloud-config"}, {"#include", "an include file"}, {"#cloud-boothook", "a boothook"},
	{"#part-handler", "a part handler"}, {"## template:", "a template"}, {"content-type:", "MIME multipart"},
	{"mime-version:", "MIME multipart"}, {"\x1f\x8b", "compressed"},
}

// checkUserData refuses forms of user data that a shell would take for commands or
// remarks.
func checkUserData(text string) error {
	for _, f := range userDataForms {
		if strings.EqualFold(text[:min(len(f.mark), len(text))], f.mark) {
			return ingot.InvalidValue("additionalInstanceConfiguration.userDataOverride", "It is %s, which is not implemented: give a script that begins with #!.", f.name)
		}
	}
	return nil
}

// checkBackends refuses a plan that needs machines which this host lacks.
func (e *Engine) checkBackends(p *plan.Plan) error {
	host := e.Build.Host
	if b := p.Machine.Backend; b != "" && host.Backends[b] == nil {
		return ingot.Errorf(ingot.InvalidRequest, "The infrastructure configuration asks for %s machines, and this host has none; `ingot doctor` says why.", b)
	}
	for _, w := range p.Workflows {
		if w.Type == "TEST" && host.Backends[e.Build.TestBackend] == nil {
			return ingot.Errorf(ingot.InvalidRequest, "Images are tested on %s machines, and this host has none; `ingot doctor` says why. Without them, set imageTestsEnabled of imageTestsConfiguration to false.", e.Build.TestBackend)
		}
	}
	return nil
}

// insertRows writes the rows of a workflow and its steps, all PENDING.
func (e *Engine) insertRows(ctx context.Context, tx *store.Tx, p *plan.Plan, position int, w plan.Workflow) error {
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
		if err := store.InsertStep(ctx, tx, e.stepRow(p, w, i, s)); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) stepRow(p *plan.Plan, w plan.Workflow, i int, s workflow.Step) store.StepExecution {
	row := store.StepExecution{
		Account: p.Account, Region: p.Region, ID: w.Steps[i], ExecutionID: w.Execution, ImageARN: p.Image,
		Position: i, Name: s.Name, Description: s.Description, Action: s.Action, OnFailure: "Abort",
		TimeoutSeconds: s.TimeoutSeconds,
	}
	if s.Continue {
		row.OnFailure = "Continue"
	}
	if row.TimeoutSeconds == 0 {
		row.TimeoutSeconds = int(e.Actions[s.Action].Default.Seconds())
	}
	return row
}
