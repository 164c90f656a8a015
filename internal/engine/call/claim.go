package call

import (
	"fmt"

	"ingot/internal/document/workflow"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
	"ingot/internal/engine/plan"
)

// Claim returns what the instance of a step, with a disk of so many bytes, takes of this
// host. If it returns an error and the choice has a type, the claim is for what the host
// has.
func (b *Build) Claim(step string, disk int64) (places.Claim, instance.Choice, error) {
	p := b.Plan
	choice, err := instance.Choose(p.Machine.Types, b.Host.Limits)
	return places.Claim{Account: p.Account, Build: p.Image, ID: instance.ID(p.Image, step, 0), Demand: places.Demand{
		CPUs: choice.CPUs, MemoryMiB: choice.MemoryMiB, Disk: places.Promise(disk, b.Allowance),
	}}, choice, err
}

// RootSize returns the size of a build machine's disk.
func RootSize(p *plan.Plan) int64 { return max(p.RootBytes, p.Parent.Size) }

// FirstClaim returns what a build takes when it begins: the place of the instance that
// its first step launches, or none. The error says why it can never have that place.
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
	if err := b.Fits(); err != nil {
		return none, err
	}
	claim, _, err := b.Claim(first.Steps[0], RootSize(b.Plan))
	return claim, err
}

// Fits refuses a root volume that this host cannot hold.
func (b *Build) Fits() error {
	if err := b.Nodes.Fits(RootSize(b.Plan)); err != nil {
		return fmt.Errorf("%w; give the root device of the recipe a smaller volumeSize", err)
	}
	return nil
}
