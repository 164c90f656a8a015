package engine

import (
	"fmt"

	"ingot/internal/document/workflow"
)

// facts returns the tree that the references of a workflow are resolved in.
func (r *run) facts() workflow.Facts {
	p := r.p
	return workflow.Facts{
		"stepOutputs":     r.steps,
		"workflowOutputs": r.outputs,
		"imagebuilder": map[string]any{
			"cloudWatchLogGroup":         "/aws/imagebuilder/" + p.Name,
			"cloudWatchLogStream":        fmt.Sprintf("%s/%d", p.Version, p.Build),
			"collectImageMetadata":       p.Metadata,
			"collectImageScanFindings":   false,
			"imageBuildNumber":           p.Build,
			"imageId":                    p.Parent.AMI,
			"imageName":                  p.Name,
			"imageType":                  "AMI",
			"imageVersionNumber":         p.Version,
			"platform":                   p.Platform,
			"sourceImageARN":             p.Parent.ARN,
			"terminateInstanceOnFailure": !p.Machine.Keep,
			"workflowPhase":              r.stage,
			"workingDirectory":           p.WorkDir,
			"dateTime":                   p.Began.UTC().Format("2006-01-02T15:04:05Z"),
		},
	}
}
