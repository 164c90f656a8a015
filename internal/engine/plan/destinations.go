package plan

import (
	"fmt"
	"maps"

	"github.com/google/uuid"

	"ingot"
	"ingot/api/imagebuilder"
	managed "ingot/catalog/workflow"
	"ingot/internal/document/workflow"
	"ingot/internal/store"
)

// destinations lists the regions that get the image. The build's own region is always
// first.
func (r *resolver) destinations() error {
	own := Destination{Region: r.plan.Region}
	var others []Destination
	if c := r.image.DistributionConfiguration; c != nil {
		for i := range c.Distributions {
			d, err := r.destination(i, &c.Distributions[i])
			if err != nil {
				return err
			}
			if d.Region == own.Region {
				own = d
			} else {
				others = append(others, d)
			}
		}
	}
	r.plan.Destinations = append([]Destination{own}, others...)
	for i := range r.plan.Destinations {
		r.name(&r.plan.Destinations[i])
	}
	return nil
}

// name sets the service's defaults: the recipe's name with the date, its amiTags for keys
// that the distribution lacks, and in the build's own region its description.
func (r *resolver) name(d *Destination) {
	if d.Name == "" {
		d.Name = r.plan.Name + " {{ imagebuilder:buildDate }}"
	}
	if d.Description == "" && d.Region == r.plan.Region {
		d.Description = r.plan.Describe
	}
	if len(r.recipe.AmiTags) > 0 {
		tags := maps.Clone(map[string]string(r.recipe.AmiTags))
		maps.Copy(tags, d.Tags)
		d.Tags = tags
	}
}

func (r *resolver) destination(i int, c *imagebuilder.Distribution) (Destination, error) {
	d := Destination{Region: c.Region}
	unsupported := map[string]bool{
		"containerDistributionConfiguration": c.ContainerDistributionConfiguration != nil,
		"licenseConfigurationArns":           len(c.LicenseConfigurationArns) > 0,
		"launchTemplateConfigurations":       len(c.LaunchTemplateConfigurations) > 0,
		"s3ExportConfiguration":              c.S3ExportConfiguration != nil,
		"fastLaunchConfigurations":           len(c.FastLaunchConfigurations) > 0,
		"ssmParameterConfigurations":         len(c.SsmParameterConfigurations) > 0,
	}
	a := c.AmiDistributionConfiguration
	if a != nil {
		unsupported["amiDistributionConfiguration.targetAccountIds"] = len(a.TargetAccountIds) > 0
		unsupported["amiDistributionConfiguration.kmsKeyId"] = a.KmsKeyId != ""
		d.Name, d.Description, d.Tags = a.Name, a.Description, a.AmiTags
		d.Permissions = permissions(a.LaunchPermission)
	}
	for member, given := range unsupported {
		if given {
			return d, ingot.Errorf(ingot.InvalidRequest, "distributions[%d].%s is not implemented yet; remove it from the distribution configuration.", i, member)
		}
	}
	return d, nil
}

func permissions(p *imagebuilder.LaunchPermissionConfiguration) (all []store.Permission) {
	if p == nil {
		return nil
	}
	for _, v := range p.UserIds {
		all = append(all, store.Permission{UserID: v})
	}
	for _, v := range p.UserGroups {
		all = append(all, store.Permission{Group: v})
	}
	for _, v := range p.OrganizationArns {
		all = append(all, store.Permission{OrganizationARN: v})
	}
	for _, v := range p.OrganizationalUnitArns {
		all = append(all, store.Permission{OrganizationalUnitARN: v})
	}
	return all
}

// workflows adds the managed workflows; custom ones are refused when the build is
// requested.
func (r *resolver) workflows() error {
	t := r.image.ImageTestsConfiguration
	for _, m := range managed.All {
		if m.Type == "TEST" && t != nil && t.ImageTestsEnabled != nil && !*t.ImageTestsEnabled {
			continue
		}
		w := Workflow{
			Execution: "wf-" + uuid.NewString(), Type: m.Type, Document: m.Document(),
			ARN: fmt.Sprintf("arn:aws:imagebuilder:%s:aws:workflow/%s/%s/%s/1", r.plan.Region, group(m.Type), m.Name, m.Version),
		}
		doc, err := workflow.Parse([]byte(w.Document))
		if err != nil {
			return fmt.Errorf("reading the workflow %s: %w", m.Name, err)
		}
		for range doc.Steps {
			w.Steps = append(w.Steps, "step-"+uuid.NewString())
		}
		r.plan.Workflows = append(r.plan.Workflows, w)
	}
	return nil
}

func group(kind string) string {
	switch kind {
	case "BUILD":
		return "build"
	case "TEST":
		return "test"
	}
	return "distribution"
}
