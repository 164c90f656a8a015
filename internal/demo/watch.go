package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"ingot/internal/imagelog"
)

// watch shows a build until it ends: on a terminal as a picture that is redrawn,
// elsewhere as the lines of the log.
func (d *demo) watch(ctx context.Context, arn string) error {
	log, err := d.Logs.Image(arn)
	if err != nil {
		return err
	}
	if !d.Live {
		return log.Follow(ctx, 0, d.over(arn), func(e imagelog.Entry) error {
			for _, line := range e.Lines() {
				d.printf("    %s\n", line[clock:])
			}
			return nil
		})
	}
	return d.draw(ctx, arn, log)
}

// over returns a function that reports whether an image has ended.
func (d *demo) over(arn string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		image, err := d.builder.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn})
		return err == nil && hasEnded(image.Image.State.Status), err
	}
}

// clock is the offset of the time of day in a line of a log.
const clock = len("2006-01-02T")

// redraw is the interval between pictures.
const redraw = 300 * time.Millisecond

// draw redraws the picture of the build until the image has ended.
func (d *demo) draw(ctx context.Context, arn string, log *imagelog.Log) error {
	began, drawn := time.Now(), 0
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		lines, ended, err := d.picture(ctx, arn, began)
		if err != nil {
			return err
		}
		if last, err := log.Tail(1); err == nil && len(last) > 0 && !ended {
			lines = append(lines, "      "+last[0].Lines()[0][clock:])
		}
		if drawn > 0 {
			d.printf("\x1b[%dA\x1b[J", drawn)
		}
		for _, l := range lines {
			d.printf("%s\n", d.fit(l))
		}
		if drawn = len(lines); ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// fit cuts a line to the width of the terminal, so that it takes one row.
func (d *demo) fit(l string) string {
	l, _, _ = strings.Cut(l, "\n")
	r := []rune(l)
	if d.Width > 1 && len(r) >= d.Width {
		return string(r[:d.Width-1])
	}
	return l
}

// picture is the state of the image, with a line for each step that has begun.
func (d *demo) picture(ctx context.Context, arn string, began time.Time) (lines []string, ended bool, err error) {
	image, err := d.builder.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn})
	if err != nil {
		return nil, false, err
	}
	status := image.Image.State.Status
	lines = append(lines, fmt.Sprintf("  %-14s %5.1f s", status, time.Since(began).Seconds()))
	executions, err := d.builder.ListWorkflowExecutions(ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: &arn})
	if err != nil {
		return nil, false, err
	}
	for _, e := range executions.WorkflowExecutions {
		steps, err := d.builder.ListWorkflowStepExecutions(ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: e.WorkflowExecutionId})
		if err != nil {
			return nil, false, err
		}
		for _, s := range steps.Steps {
			if text := stepLine(s); text != "" {
				lines = append(lines, text)
			}
		}
	}
	return lines, hasEnded(status), nil
}

func stepLine(s types.WorkflowStepMetadata) string {
	mark := map[types.WorkflowStepExecutionStatus]string{
		types.WorkflowStepExecutionStatusRunning: "▸", types.WorkflowStepExecutionStatusCompleted: "✓",
		types.WorkflowStepExecutionStatusFailed: "✗", types.WorkflowStepExecutionStatusCancelled: "✗",
	}[s.Status]
	if mark == "" {
		return ""
	}
	took := ""
	if seconds := between(s.StartTime, s.EndTime); seconds > 0 {
		took = fmt.Sprintf("%5.1f s", seconds)
	}
	return fmt.Sprintf("    %s %-26s %s", mark, aws.ToString(s.Name), took)
}

// between returns the seconds between two times of the API, or until now when end is
// missing.
func between(start, end *string) float64 {
	from, err := time.Parse(time.RFC3339, aws.ToString(start))
	if err != nil {
		return 0
	}
	to, err := time.Parse(time.RFC3339, aws.ToString(end))
	if err != nil {
		to = time.Now()
	}
	return to.Sub(from).Seconds()
}

// hasEnded reports whether no build works on the image any more.
func hasEnded(s types.ImageStatus) bool {
	switch s {
	case types.ImageStatusPending, types.ImageStatusCreating, types.ImageStatusBuilding, types.ImageStatusTesting,
		types.ImageStatusDistributing, types.ImageStatusIntegrating:
		return false
	}
	return true
}
