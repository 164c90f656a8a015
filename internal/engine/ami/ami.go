// Package ami describes the machine images that a build makes: their ids, their names,
// and the variables in names, descriptions and tags.
package ami

import (
	"ingot/internal/engine/instance"
	"ingot/internal/engine/plan"
)

// ID returns the id of the machine image that a build makes in a region.
func ID(image, region string) string { return "ami-" + instance.Hex(17, image, region) }

// SnapshotID returns the id of the snapshot of a machine image's root device.
func SnapshotID(id string) string { return "snap-" + instance.Hex(17, id) }

// Text replaces the variables of a text that was checked when the build was planned.
func Text(p *plan.Plan, text string) string {
	out, err := Expand(text, p.Began, p.Build)
	if err != nil {
		return text
	}
	return out
}

// Tags returns the tags of a machine image: the distribution's, and those that every
// image has.
func Tags(p *plan.Plan, tags map[string]string) map[string]string {
	all := map[string]string{"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": p.Image}
	for k, v := range tags {
		all[k] = Text(p, v)
	}
	return all
}
