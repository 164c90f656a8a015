// Package step holds the step actions of workflows, one file each.
//
// An action is what a step of a workflow document names: LaunchInstance,
// ExecuteComponents and so on.
//
// Terms:
//
//   - call: one run of an action with its resolved inputs.
//   - outcome: how a call went, as a value. An action that fails returns no error,
//     because outcomes are recorded and an error means that nothing is known.
//
// An action may be called again when the process died in the middle of it. It
// therefore ensures: it finds what an earlier call made, by tokens that depend on
// the image and the step alone.
package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ingot"
	"ingot/internal/artifact/disk"
	"ingot/internal/distribute"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/plan"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

// Action is one step action.
type Action interface {
	Run(ctx context.Context, c *Call) Outcome
}

// Placer is the power of an action to wait for what it takes of this host before its
// time begins. It says whether it had to wait.
type Placer interface {
	Place(ctx context.Context, c *Call) (waited bool, err error)
}

// Undoer is the power of an action to roll back what a call of it made.
type Undoer interface {
	Undo(ctx context.Context, c *Call) error
}

// Kind is how a step ended.
type Kind string

// The kinds of outcome.
const (
	OK        Kind = "OK"
	Failed    Kind = "FAILED"
	Cancelled Kind = "CANCELLED"
	TimedOut  Kind = "TIMED_OUT"
)

// Outcome is the end of a step.
type Outcome struct {
	Kind    Kind           `json:"kind"`
	Message string         `json:"message,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"`

	fault error
}

// Fault is the error that the outcome was made from, or nil. It is not recorded.
func (o Outcome) Fault() error { return o.fault }

// Status is the outcome in the words of the API.
func (o Outcome) Status() ingot.StepStatus {
	switch o.Kind {
	case OK:
		return ingot.StepCompleted
	case Cancelled:
		return ingot.StepCancelled
	}
	return ingot.StepFailed
}

// ErrCancelled is the cause of the context of a build that its user cancelled.
var ErrCancelled = errors.New("the image creation was cancelled")

// Done is a good outcome.
func Done(outputs map[string]any) Outcome { return Outcome{Kind: OK, Outputs: outputs} }

// Fault is the outcome for an error.
func Fault(ctx context.Context, err error) Outcome {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrCancelled):
		return Outcome{Kind: Cancelled, Message: ErrCancelled.Error()}
	case errors.Is(cause, context.DeadlineExceeded):
		return Outcome{Kind: TimedOut, Message: "the step timed out: " + err.Error(), fault: err}
	}
	return Outcome{Kind: Failed, Message: err.Error(), fault: err}
}

// Stages of a build, as workflow documents name them.
const (
	StageBuild        = "Build"
	StageTest         = "Test"
	StageDistribution = "Distribution"
)

// Build is what all steps of a build share.
type Build struct {
	Plan    *plan.Plan
	Store   *store.Store
	Host    *instance.Host
	Nodes   *nodes.Nodes
	Regions distribute.Regions
	Places  Places
	Log     *imagelog.Log
	// Allowance is how many bytes a machine with a small disk is promised.
	Allowance int64
	// TestBackend is the backend that boots sealed images through their firmware.
	TestBackend string
	// RemoveNodes takes device nodes off a disk that nothing uses. It is nil where disks
	// are never mounted.
	RemoveNodes func(ctx context.Context, file string) (disk.Nodes, error)
	// KernelBackend builds what a sandbox must not: kernels and bootloaders.
	KernelBackend string
}

// Call is one run of an action.
type Call struct {
	*Build
	Stage     string
	Execution string // wf-<uuid>
	Step      string // step-<uuid>
	Name      string
	Inputs    map[string]any
	// ImageID is the machine image that the build has produced so far.
	ImageID string
	// Stays says that the step is not rolled back.
	Stays bool
}

// text gives an input that must be a text.
func (c *Call) text(name string) (string, error) {
	s, ok := c.Inputs[name].(string)
	if !ok || s == "" {
		return "", fmt.Errorf("the input %s of step %s is missing", name, c.Name)
	}
	return s, nil
}

// live re-attaches to the instance that the input instanceId names.
func (c *Call) live(ctx context.Context) (*instance.Live, error) {
	id, err := c.text("instanceId")
	if err != nil {
		return nil, err
	}
	return c.Host.Find(ctx, c.Plan.Account, c.Plan.Region, id, c.Log)
}

func (c *Call) printf(format string, args ...any) { c.Log.Printf(c.Name, format, args...) }

// outputs turns a struct into the map of a step's outputs.
func outputs(v any) map[string]any {
	text, err := json.Marshal(v)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		return map[string]any{"error": err.Error()}
	}
	return m
}

// Spec of an action: where it may stand and how long it may take.
type Spec struct {
	Action  Action
	Stages  []string
	Default time.Duration // time-out without timeoutSeconds
	Max     time.Duration
}

var (
	buildTest = []string{StageBuild, StageTest}
	anywhere  = []string{StageBuild, StageTest, StageDistribution}
	afterward = []string{StageDistribution}
)

// Actions gives all step actions that exist here, by name.
func Actions() map[string]Spec {
	return map[string]Spec{
		"LaunchInstance":           {launchInstance{}, anywhere, 75 * time.Minute, 12 * time.Hour},
		"ExecuteComponents":        {executeComponents{}, buildTest, 12 * time.Hour, 24 * time.Hour},
		"CollectImageMetadata":     {collectImageMetadata{}, buildTest, 30 * time.Minute, 12 * time.Hour},
		"SanitizeInstance":         {sanitizeInstance{}, buildTest, time.Hour, 12 * time.Hour},
		"CreateImage":              {createImage{}, []string{StageBuild}, 12 * time.Hour, 72 * time.Hour},
		"TerminateInstance":        {terminateInstance{}, anywhere, 30 * time.Minute, 12 * time.Hour},
		"DistributeImage":          {distributeImage{}, afterward, 6 * time.Hour, 12 * time.Hour},
		"ModifyImageAttributes":    {modifyImageAttributes{}, afterward, 2 * time.Hour, 3 * time.Hour},
		"ApplyImageConfigurations": {applyImageConfigurations{}, afterward, 6 * time.Hour, 12 * time.Hour},
		"CollectImageScanFindings": {missing{"CollectImageScanFindings"}, []string{StageTest}, 2 * time.Hour, 12 * time.Hour},
		"RunSysPrep":               {missing{"RunSysPrep"}, buildTest, time.Hour, 12 * time.Hour},
	}
}

// missing is an action that documents may name and that cannot run yet.
type missing struct{ name string }

func (m missing) Run(context.Context, *Call) Outcome {
	return Outcome{Kind: Failed, Message: "the step action " + m.name + " is not implemented yet"}
}
