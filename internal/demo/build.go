package demo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

const interrupted = `
Interrupted. The build goes on while a server runs on this data. These start one, follow the build and end it:
  %[1]s serve%[2]s
  %[1]s logs -f %[3]s%[2]s
  eval "$(%[1]s env%[2]s)"; aws imagebuilder cancel-image-creation --image-build-version-arn %[3]s
`

// build runs the pipeline, shows the build while it runs, and summarizes it.
func (d *demo) build(ctx context.Context, session aws.Config, j *job) (Summary, error) {
	in := &imagebuilder.StartImagePipelineExecutionInput{ImagePipelineArn: &j.pipeline}
	d.say("StartImagePipelineExecution", in, nil)
	out, err := d.builder.StartImagePipelineExecution(ctx, in)
	if err != nil {
		return Summary{}, err
	}
	arn := aws.ToString(out.ImageBuildVersionArn)
	d.answer("%s", arn)
	d.say("GetImage", &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn}, nil)
	d.printf("\n")
	if err := d.watch(ctx, arn); err != nil {
		if ctx.Err() != nil {
			d.printf(interrupted, d.Program, d.Data, arn)
		}
		return Summary{}, err
	}
	image, err := d.builder.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn})
	if err != nil {
		return Summary{}, err
	}
	if s := image.Image.State; s.Status != types.ImageStatusAvailable {
		return Summary{}, fmt.Errorf("the image is %s: %s", s.Status, aws.ToString(s.Reason))
	}
	return d.sumUp(ctx, session, image.Image)
}
