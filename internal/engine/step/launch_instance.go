package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"ingot"
	"ingot/internal/access"
	"ingot/internal/agent/protocol"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/store"
)

// launchInstance starts a machine: in the build stage on the furthest node that
// may be used, elsewhere on the image that the build produced.
type launchInstance struct{}

func (a launchInstance) Run(ctx context.Context, c *Call) Outcome {
	if w, _ := c.Inputs["waitFor"].(string); w != "ssmAgent" {
		return Fault(ctx, errors.New("the input waitFor must be ssmAgent"))
	}
	live, err := a.launch(ctx, c)
	if err != nil {
		return Fault(ctx, err)
	}
	if c.Stage == StageBuild && !live.Launch.Continues {
		if err := startUp(ctx, c, live); err != nil {
			return Fault(ctx, err)
		}
	}
	return Done(map[string]any{"instanceId": live.Row.ID, "backend": live.Row.Backend, "instanceSize": live.Launch.Size.String()})
}

func (a launchInstance) launch(ctx context.Context, c *Call) (*instance.Live, error) {
	p := c.Plan
	row := store.Instance{
		Account: p.Account, Region: p.Region, ID: instance.ID(p.Image, c.Step, 0), ImageARN: p.Image,
		Stage: c.Stage, Kept: p.Machine.Keep || c.Stays, Created: store.Now(),
	}
	claim, choice, err := a.claim(ctx, c)
	if err != nil {
		return nil, err
	}
	if choice.Cut {
		c.printf("%s is larger than this host allows; the instance gets %s", choice.Type, choice.Size)
	}
	l := instance.Launch{Hostname: hostname, Size: choice.Size, Promise: claim.Disk}
	start := func(l instance.Launch) (*instance.Live, error) { return c.Host.Start(ctx, row, l, c.Log) }
	if c.Stage == StageBuild {
		if err := c.mayStart(ctx); err != nil {
			return nil, err
		}
		if err := c.volumeFits(ctx); err != nil {
			return nil, err
		}
		row.Backend = c.buildBackend()
		return c.onNode(ctx, l, row.Backend, "", start)
	}
	if err := c.Nodes.Admit(); err != nil {
		return nil, err
	}
	row.Backend = c.TestBackend
	ami, err := c.ami(ctx)
	if err != nil {
		return nil, err
	}
	if l.Base, err = c.Regions.Path(p.Region, ami.Digest); err != nil {
		return nil, err
	}
	return start(l)
}

// ami is the machine image that the build has produced.
func (c *Call) ami(ctx context.Context) (store.AMI, error) {
	ami, err := store.AMIByID(ctx, c.Store.DB(), c.Plan.Region, c.ImageID)
	if err != nil {
		return ami, fmt.Errorf("finding the machine image %s: %w", c.ImageID, err)
	}
	return ami, nil
}

// mayStart asks once more whether the account may start the parent image: its share may
// have been taken back since the build was planned. An image of the account itself, or
// a managed one, that was deregistered meanwhile is started all the same: its disk
// stays while a build waits for it.
func (c *Call) mayStart(ctx context.Context) error {
	p := c.Plan.Parent
	_, _, err := access.May(ctx, c.Store.DB(), access.Launch, c.Plan.Account, p.Region, p.AMI)
	if !errors.Is(err, access.ErrHidden) {
		return err
	}
	switch p.Owner {
	case c.Plan.Account, ingot.OwnerManaged:
		return nil
	case "": // the plan of an older release does not say whose the image was
		if _, err := store.AMIByID(ctx, c.Store.DB(), p.Region, p.AMI); errors.Is(err, store.ErrNoRows) {
			return nil
		}
	}
	return fmt.Errorf("%w: it was deregistered or is no longer shared with account %s", access.NotFound(p.AMI), c.Plan.Account)
}

// volumeFits refuses a root volume that this host cannot hold, and one smaller than the
// parent image, in EC2's words.
func (c *Call) volumeFits(ctx context.Context) error {
	p := c.Plan
	if p.RootBytes >= p.Parent.Size {
		return c.fits()
	}
	parent, err := store.AMIByID(ctx, c.Store.DB(), p.Region, p.Parent.AMI)
	if err != nil {
		return fmt.Errorf("finding the parent image %s: %w", p.Parent.AMI, err)
	}
	const gib = 1 << 30
	return fmt.Errorf("Volume of size %dGB is smaller than snapshot '%s', expect size >= %dGB; give the root device of the recipe a larger volumeSize",
		p.RootBytes/gib, parent.SnapshotID, (p.Parent.Size+gib-1)/gib)
}

// fits refuses a root volume that this host cannot hold.
func (b *Build) fits() error {
	if err := b.Nodes.Fits(rootSize(b.Plan)); err != nil {
		return fmt.Errorf("%w; give the root device of the recipe a smaller volumeSize", err)
	}
	return nil
}

// hostname of every instance: it must not change from build to build, because
// packages write it into files.
const hostname = "ingot"

func (c *Call) buildBackend() string {
	if b := c.Plan.Machine.Backend; b != "" {
		return b
	}
	return c.Host.Default()
}

// onNode begins on the furthest node that may be used. One that was removed after it
// was chosen is chosen no more.
func (c *Call) onNode(ctx context.Context, l instance.Launch, backend, since string, begin func(instance.Launch) (*instance.Live, error)) (*instance.Live, error) {
	for {
		from, err := c.start(ctx, l, backend, since)
		if err != nil {
			return nil, err
		}
		live, err := begin(from)
		if !errors.Is(err, nodes.ErrGone) {
			return live, err
		}
		c.printf("%v; choosing again", err)
	}
}

// start fills in the furthest point from which a build may start on a backend; see
// [nodes.Nodes.Longest] for since.
func (c *Call) start(ctx context.Context, l instance.Launch, backend, since string) (instance.Launch, error) {
	if err := c.Nodes.Admit(); err != nil {
		return l, err
	}
	at, decisions, err := c.walk(ctx, since)
	if err != nil {
		return l, err
	}
	l.Base, l.Continues = at.Path, at.Applied > 0
	l.Hold = c.Nodes.Hold(c.Plan, at, decisions)
	l.Progress = instance.Progress{Applied: at.Applied, Key: at.Key, Since: since}
	if at.Backend == backend {
		l.Progress.Kernel = at.Kernel
	}
	l.Progress.Decisions, err = json.Marshal(decisions)
	if at.Applied > 0 {
		c.printf("starting after component %d of %d, on a disk made %s", at.Applied, len(c.Plan.Components), at.Created)
	}
	return l, err
}

// startUp does what the service's start-up script does, or the recipe's own in
// its place.
func startUp(ctx context.Context, c *Call, live *instance.Live) error {
	script := fmt.Sprintf("mkdir -p %[1]s && : > %[1]s/perform_cleanup", shellQuote(c.Plan.WorkDir))
	if c.Plan.UserData != "" {
		script = c.Plan.UserData
	}
	return c.exec(ctx, live, "start-up", script, nil)
}

// exec runs a script of ours on an instance, its output going to the log.
func (c *Call) exec(ctx context.Context, live *instance.Live, what, script string, out *string) error {
	run := live.Row.Token + "/" + c.Step + "/" + what
	r, err := live.Agent.Exec(ctx, protocol.Exec{
		ID: run, Script: script, AfterSeq: c.Log.LastSeq(run),
	}, c.sink(run, what, func(protocol.Event) string { return "script " + what }))
	if err != nil {
		c.end(ctx, live, run)
		return fmt.Errorf("running the %s script: %w", what, err)
	}
	if out != nil {
		*out = r.Stdout
	}
	if r.ExitCode != 0 {
		return fmt.Errorf("the %s script ended with exit status %d: %s", what, r.ExitCode, r.Stderr)
	}
	return nil
}

// Undo terminates the instance unless it is to be kept for a person: one who
// cancelled the build does not want it.
func (launchInstance) Undo(ctx context.Context, c *Call) error {
	id := instance.ID(c.Plan.Image, c.Step, 0)
	cancelled, err := store.CancelRequested(ctx, c.Store.DB(), c.Plan.Image)
	if err != nil {
		return err
	}
	_, err = store.InstanceByID(ctx, c.Store.DB(), c.Plan.Account, c.Plan.Region, id)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if err == nil && c.Plan.Machine.Keep && !cancelled {
		c.printf("instance %s is kept (terminateInstanceOnFailure is false); `ingot machine shell %s` enters it, `ingot machine end %s` ends it", id, id, id)
		return nil
	}
	err = c.Host.Terminate(ctx, c.Plan.Account, c.Plan.Region, id)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
