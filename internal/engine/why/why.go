// Package why reports how an image was made, from the records of its build: which
// components were taken from the cache, which ran, and why.
package why

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ingot"
	"ingot/internal/engine/assembly"
	"ingot/internal/store"
	"ingot/internal/visible"
)

// Report describes how one image was made.
type Report struct {
	Image  string           `json:"image"`
	Status string           `json:"status"`
	Reason string           `json:"reason,omitempty"`
	OS     string           `json:"os,omitempty"`
	Steps  []Step           `json:"steps"`
	Build  *assembly.Report `json:"build,omitempty"` // of the step that applied the components
	AMIs   []store.AMI      `json:"amis"`
}

// Step is one step of a workflow.
type Step struct {
	Workflow string `json:"workflow"`
	Name     string `json:"name"`
	Status   string `json:"status"`
	Started  string `json:"started,omitempty"`
	Ended    string `json:"ended,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Of reads the report of an image's build version ARN.
func Of(ctx context.Context, q store.Querier, arn string) (*Report, error) {
	a, err := ingot.ParseARN(arn)
	if err != nil {
		return nil, err
	}
	image, err := store.ImageByARN(ctx, q, arn)
	if errors.Is(err, store.ErrNoRows) {
		return nil, ingot.Missing(arn)
	}
	if err != nil {
		return nil, err
	}
	r := &Report{Image: arn, Status: image.State.Status, Reason: image.State.Reason, OS: image.OsVersion}
	if r.AMIs, err = store.AMIsOfImage(ctx, q, a.Owner, a.Region, arn); err != nil {
		return nil, err
	}
	return r, r.steps(ctx, q, a)
}

func (r *Report) steps(ctx context.Context, q store.Querier, a ingot.ARN) error {
	executions, err := store.Executions(ctx, q, a.Owner, a.Region, r.Image)
	if err != nil {
		return err
	}
	for _, e := range executions {
		steps, err := store.Steps(ctx, q, a.Owner, a.Region, e.ID)
		if err != nil {
			return err
		}
		for _, s := range steps {
			r.Steps = append(r.Steps, Step{Workflow: e.Type, Name: s.Name, Status: string(s.Status), Started: s.Started, Ended: s.Ended, Message: s.Message})
			if s.Action == "ExecuteComponents" && e.Type == "BUILD" && s.Outputs != "" {
				r.Build = &assembly.Report{}
				if err := json.Unmarshal([]byte(s.Outputs), r.Build); err != nil {
					return fmt.Errorf("reading the outputs of step %s: %w", s.ID, err)
				}
			}
		}
	}
	return nil
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	p := printer{w: w}
	p.line("%s is %s%s", r.Image, r.Status, colon(r.Reason))
	if r.Build != nil {
		p.line("built: %s", r.Build.Provenance)
		for i, c := range r.Build.Components {
			if c.Cached {
				p.line("  %d. %s: from the cache, made %s on %s, because %s", i+1, c.Component, c.Made, c.Backend, c.Why)
			} else {
				p.line("  %d. %s: run in %.1f s on %s, because %s", i+1, c.Component, c.Seconds, c.Backend, c.Why)
			}
		}
		for _, n := range r.Build.Notes {
			p.line("  note: %s", n)
		}
	}
	for _, s := range r.Steps {
		p.line("  %-13s %-26s %s%s", s.Workflow, s.Name, s.Status, colon(s.Message))
	}
	for _, a := range r.AMIs {
		p.line("  %s %s %s", a.Region, a.ID, a.Digest)
	}
	return p.err
}

// printer keeps the first error of its lines.
type printer struct {
	w   io.Writer
	err error
}

// line writes one line. Texts of guests in it are made safe to show.
func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, visible.Line(fmt.Sprintf(format, args...)))
	}
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
