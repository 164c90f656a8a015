// Package call holds the arguments of the actions of workflow steps.
//
// A build holds what all its steps share: its plan, and what this host builds with.
//
// Terms:
//
//   - call: one run of an action with its resolved inputs.
package call

import (
	"context"
	"fmt"

	"ingot/internal/artifact/disk"
	"ingot/internal/distribute"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/places"
	"ingot/internal/engine/plan"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

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
	// RemoveNodes removes device nodes from a disk that is not in use. It is nil where
	// disks are never mounted.
	RemoveNodes func(ctx context.Context, file string) (disk.Nodes, error)
	// KernelBackend is the backend for components that change kernels or bootloaders.
	KernelBackend string
}

// Places gives machines their places on this host.
type Places interface {
	// Take waits for a place; tell is called with what it waits for.
	Take(ctx context.Context, c places.Claim, tell func(string)) error
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
	// Stays means that the step is not rolled back.
	Stays bool
}

// Text returns an input that must be a text.
func (c *Call) Text(name string) (string, error) {
	s, ok := c.Inputs[name].(string)
	if !ok || s == "" {
		return "", fmt.Errorf("the input %s of step %s is missing", name, c.Name)
	}
	return s, nil
}

// Live re-attaches to the instance that the input instanceId names.
func (c *Call) Live(ctx context.Context) (*instance.Live, error) {
	id, err := c.Text("instanceId")
	if err != nil {
		return nil, err
	}
	return c.Host.Find(ctx, c.Plan.Account, c.Plan.Region, id, c.Log)
}

// BuildBackend returns the backend for components that do not change kernels.
func (b *Build) BuildBackend() string {
	if name := b.Plan.Machine.Backend; name != "" {
		return name
	}
	return b.Host.Default()
}

// Printf writes a line of the step into the image's log.
func (c *Call) Printf(format string, args ...any) { c.Log.Printf(c.Name, format, args...) }
