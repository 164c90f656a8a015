package step

import (
	"context"

	"ingot/internal/document/workflow"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
	"ingot/internal/engine/plan"
)

// Places gives machines their places on this host.
type Places interface {
	// Take waits for a place; tell is given what is waited for.
	Take(ctx context.Context, c places.Claim, tell func(string)) error
}

// Place waits for the place of the instance, which it has until it is terminated.
func (a launchInstance) Place(ctx context.Context, c *Call) (waited bool, err error) {
	claim, _, err := a.claim(ctx, c)
	if err != nil {
		return false, err
	}
	err = c.Places.Take(ctx, claim, func(text string) {
		waited = true
		c.printf("%s", text)
	})
	return waited, err
}

// claim is what the instance of a call takes of this host. A build that has begun goes on
// with what the host has, should that be less than it was or than its type says: it was
// accepted so.
func (launchInstance) claim(ctx context.Context, c *Call) (places.Claim, instance.Choice, error) {
	disk := rootSize(c.Plan)
	if c.Stage != StageBuild {
		ami, err := c.ami(ctx)
		if err != nil {
			return places.Claim{}, instance.Choice{}, err
		}
		disk = ami.Size
	}
	claim, choice, err := c.Build.claim(c.Step, disk)
	if choice.Type != "" {
		err = nil
	}
	return claim, choice, err
}

func (b *Build) claim(step string, disk int64) (places.Claim, instance.Choice, error) {
	p := b.Plan
	choice, err := instance.Choose(p.Machine.Types, b.Host.Limits)
	return places.Claim{Account: p.Account, Build: p.Image, ID: instance.ID(p.Image, step, 0), Demand: places.Demand{
		CPUs: choice.CPUs, MemoryMiB: choice.MemoryMiB, Disk: places.Promise(disk, b.Allowance),
	}}, choice, err
}

// rootSize is the size of a build machine's disk.
func rootSize(p *plan.Plan) int64 { return max(p.RootBytes, p.Parent.Size) }

// FirstClaim is what a build takes when it begins: the place of the instance that its
// first step launches, or none. The error says why it can never have it.
func (b *Build) FirstClaim() (places.Claim, error) {
	none := places.Claim{Account: b.Plan.Account, Build: b.Plan.Image}
	if len(b.Plan.Workflows) == 0 {
		return none, nil
	}
	first := b.Plan.Workflows[0]
	doc, err := workflow.Parse([]byte(first.Document))
	if err != nil {
		return none, err
	}
	if len(doc.Steps) == 0 || doc.Steps[0].Action != "LaunchInstance" || doc.Steps[0].If != nil {
		return none, nil
	}
	if err := b.fits(); err != nil {
		return none, err
	}
	claim, _, err := b.claim(first.Steps[0], rootSize(b.Plan))
	return claim, err
}
