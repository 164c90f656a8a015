package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

// Summary is the result of one build, as the API shows it.
type Summary struct {
	Image      string      `json:"image"`
	AMIs       []AMI       `json:"amis"`
	Stages     []Stage     `json:"stages"`
	Seconds    float64     `json:"seconds"`
	Provenance string      `json:"provenance"`
	Components []Component `json:"components"`
}

// AMI is the image of one region, with its permissions as EC2 shows them.
type AMI struct {
	Region      string   `json:"region"`
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
	Disk        Disk     `json:"disk"`
}

// Stage is a workflow with its duration.
type Stage struct {
	Type    string  `json:"type"`
	Seconds float64 `json:"seconds"`
}

// Component says how a component got into the image.
type Component struct {
	ARN     string  `json:"component"`
	Cached  bool    `json:"cached"`
	Made    string  `json:"made"`
	Why     string  `json:"why"`
	Seconds float64 `json:"seconds"`
}

func (d *demo) sumUp(ctx context.Context, session aws.Config, image *types.Image) (Summary, error) {
	s := Summary{Image: aws.ToString(image.Arn)}
	for _, a := range image.OutputResources.Amis {
		ami, err := d.ami(ctx, session, a)
		if err != nil {
			return s, err
		}
		s.AMIs = append(s.AMIs, ami)
	}
	return s, d.stages(ctx, image, &s)
}

// ami reads a machine image back through the EC2 API of its region.
func (d *demo) ami(ctx context.Context, session aws.Config, a types.Ami) (AMI, error) {
	out := AMI{Region: aws.ToString(a.Region), ID: aws.ToString(a.Image), Name: aws.ToString(a.Name)}
	got, err := launchPermissions(ctx, session, out.Region, out.ID)
	if err != nil {
		return out, fmt.Errorf("reading the permissions of %s in %s back: %w", out.ID, out.Region, err)
	}
	for _, p := range got {
		out.Permissions = append(out.Permissions, p.String())
	}
	out.Disk, err = d.Disk(ctx, out.Region, out.ID)
	return out, err
}

func (d *demo) stages(ctx context.Context, image *types.Image, s *Summary) error {
	all, err := d.builder.ListWorkflowExecutions(ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: image.Arn})
	if err != nil {
		return err
	}
	for _, e := range all.WorkflowExecutions {
		s.Stages = append(s.Stages, Stage{Type: string(e.Type), Seconds: between(e.StartTime, e.EndTime)})
		s.Seconds = max(s.Seconds, between(image.DateCreated, e.EndTime))
		if e.Type == types.WorkflowTypeBuild {
			if err := d.provenance(ctx, e, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// provenance reads how the components got into the image, from the outputs of the step
// that applied them.
func (d *demo) provenance(ctx context.Context, e types.WorkflowExecutionMetadata, s *Summary) error {
	steps, err := d.builder.ListWorkflowStepExecutions(ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: e.WorkflowExecutionId})
	if err != nil {
		return err
	}
	for _, step := range steps.Steps {
		if aws.ToString(step.Action) != "ExecuteComponents" {
			continue
		}
		var report struct {
			Provenance string      `json:"provenance"`
			Components []Component `json:"components"`
		}
		if err := json.Unmarshal([]byte(aws.ToString(step.Outputs)), &report); err != nil {
			return fmt.Errorf("reading the outputs of step %s: %w", aws.ToString(step.Name), err)
		}
		s.Provenance, s.Components = report.Provenance, report.Components
	}
	return nil
}

// show prints a summary.
func (d *demo) show(s Summary) {
	d.printf("\n  image       %s\n", s.Image)
	for _, a := range s.AMIs {
		d.printf("  %-11s %s  %s\n", a.Region, a.ID, a.Name)
		for _, p := range a.Permissions {
			d.printf("              shared with %s\n", p)
		}
		d.printf("              %s (while a server runs)\n              %d bytes, %s\n", a.Disk.File, a.Disk.Size, a.Disk.Digest)
	}
	for _, c := range s.Components {
		if c.Cached {
			d.printf("  component   %s: from the cache, made %s\n", c.ARN, c.Made)
		} else {
			d.printf("  component   %s: ran %.1f s, because %s\n", c.ARN, c.Seconds, c.Why)
		}
	}
	d.printf("  seconds    ")
	for _, stage := range s.Stages {
		d.printf(" %s %.1f ·", stage.Type, stage.Seconds)
	}
	d.printf(" from the call to AVAILABLE %.1f (%s)\n", s.Seconds, s.Provenance)
	d.printf("  try it      %s image run %s%s\n", d.Program, s.AMIs[0].ID, d.Data)
	d.printf("  take it     %s image export %s --format qcow2 -o web.qcow2%s\n", d.Program, s.AMIs[0].ID, d.Data)
}
