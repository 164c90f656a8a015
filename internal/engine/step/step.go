// Package step holds the step actions of workflows, one file each.
//
// An action is what a step of a workflow document names: LaunchInstance,
// ExecuteComponents and so on.
//
// An action may be called again when the process died in the middle of it. It therefore
// finds what an earlier call made, by tokens that depend on the image and the step alone.
package step

import (
	"context"
	"time"

	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
)

// Action is one step action.
type Action interface {
	Run(ctx context.Context, c *call.Call) outcome.Outcome
}

// Placer is an action that waits for its place on this host before its time begins. Place
// reports whether it had to wait.
type Placer interface {
	Place(ctx context.Context, c *call.Call) (waited bool, err error)
}

// Undoer is an action that can roll back what a call of it made.
type Undoer interface {
	Undo(ctx context.Context, c *call.Call) error
}

// Spec is an action with the stages that may have it and how long it may take.
type Spec struct {
	Action  Action
	Stages  []string
	Default time.Duration // time-out without timeoutSeconds
	Max     time.Duration
}

var (
	buildTest = []string{call.StageBuild, call.StageTest}
	anywhere  = []string{call.StageBuild, call.StageTest, call.StageDistribution}
	afterward = []string{call.StageDistribution}
)

// Actions returns all step actions by name.
func Actions() map[string]Spec {
	return map[string]Spec{
		"LaunchInstance":           {launchInstance{}, anywhere, 75 * time.Minute, 12 * time.Hour},
		"ExecuteComponents":        {executeComponents{}, buildTest, 12 * time.Hour, 24 * time.Hour},
		"CollectImageMetadata":     {collectImageMetadata{}, buildTest, 30 * time.Minute, 12 * time.Hour},
		"SanitizeInstance":         {sanitizeInstance{}, buildTest, time.Hour, 12 * time.Hour},
		"CreateImage":              {createImage{}, []string{call.StageBuild}, 12 * time.Hour, 72 * time.Hour},
		"TerminateInstance":        {terminateInstance{}, anywhere, 30 * time.Minute, 12 * time.Hour},
		"DistributeImage":          {distributeImage{}, afterward, 6 * time.Hour, 12 * time.Hour},
		"ModifyImageAttributes":    {modifyImageAttributes{}, afterward, 2 * time.Hour, 3 * time.Hour},
		"ApplyImageConfigurations": {applyImageConfigurations{}, afterward, 6 * time.Hour, 12 * time.Hour},
		"CollectImageScanFindings": {missing{"CollectImageScanFindings"}, []string{call.StageTest}, 2 * time.Hour, 12 * time.Hour},
		"RunSysPrep":               {missing{"RunSysPrep"}, buildTest, time.Hour, 12 * time.Hour},
	}
}

// missing is an action that documents may name and that is not implemented.
type missing struct{ name string }

func (m missing) Run(context.Context, *call.Call) outcome.Outcome {
	return outcome.Outcome{Kind: outcome.Failed, Message: "the step action " + m.name + " is not implemented yet"}
}
