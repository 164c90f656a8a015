package service

import (
	"context"
	"fmt"
	"regexp"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// distributionMinutes is the timeout that every distribution configuration shows; no
// request sets it.
const distributionMinutes = 720

// CreateDistributionConfiguration makes a list of regions and what each of them gets.
func (s *Service) CreateDistributionConfiguration(ctx context.Context, in *imagebuilder.CreateDistributionConfigurationInput) (*imagebuilder.CreateDistributionConfigurationOutput, error) {
	if err := checkDistributions(in.Distributions); err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateDistributionConfiguration", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.CreateDistributionConfigurationOutput, error) {
		a := r.named(ingot.KindDistribution, in.Name)
		err := r.insert(a, in.Name, "", &imagebuilder.DistributionConfiguration{
			Arn: a.String(), Name: in.Name, Description: in.Description, Distributions: in.Distributions,
			TimeoutMinutes: pointer(distributionMinutes), DateCreated: r.now, Tags: in.Tags,
		})
		if err != nil {
			return nil, err
		}
		return &imagebuilder.CreateDistributionConfigurationOutput{ClientToken: in.ClientToken, DistributionConfigurationArn: a.String()}, nil
	})
}

func checkDistributions(all []imagebuilder.Distribution) error {
	if len(all) == 0 {
		return ingot.InvalidValue("distributions", "One or more distributions should be provided.")
	}
	seen := map[string]bool{}
	for i := range all {
		d, at := &all[i], fmt.Sprintf("distributions[%d]", i)
		switch {
		case !ValidRegion(d.Region):
			return ingot.InvalidValue(at+".region", "'%s' is not the name of a region; regions look like us-east-1.", d.Region)
		case seen[d.Region]:
			return ingot.InvalidValue(at+".region", "The region '%s' is listed twice.", d.Region)
		case !hasOutput(d):
			return ingot.InvalidValue(at, "One or more outputs should be provided for each region in a distribution configuration.")
		}
		if err := checkName(at, d.AmiDistributionConfiguration); err != nil {
			return err
		}
		if err := checkPermission(at, d.AmiDistributionConfiguration); err != nil {
			return err
		}
		seen[d.Region] = true
	}
	return nil
}

func hasOutput(d *imagebuilder.Distribution) bool {
	return d.AmiDistributionConfiguration != nil || d.ContainerDistributionConfiguration != nil ||
		len(d.FastLaunchConfigurations) > 0 || len(d.LaunchTemplateConfigurations) > 0 || len(d.LicenseConfigurationArns) > 0 ||
		d.S3ExportConfiguration != nil || len(d.SsmParameterConfigurations) > 0
}

// dateVariable is the part of an AMI's name that differs in every build.
var dateVariable = regexp.MustCompile(`\{\{\s*imagebuilder:buildDate\s*(:[^{}]*)?\}\}`)

// checkName refuses a name that the second build would find in use.
func checkName(at string, c *imagebuilder.AmiDistributionConfiguration) error {
	if c == nil || c.Name == "" || dateVariable.MatchString(c.Name) {
		return nil
	}
	return ingot.InvalidValue(at+".amiDistributionConfiguration.name",
		"The EC2 AMI name must contain '{{ imagebuilder:buildDate }}' to ensure that the name will be unique.")
}

func checkPermission(at string, c *imagebuilder.AmiDistributionConfiguration) error {
	if c == nil || c.LaunchPermission == nil {
		return nil
	}
	for i, g := range c.LaunchPermission.UserGroups {
		if g != "all" {
			return ingot.InvalidValue(fmt.Sprintf("%s.amiDistributionConfiguration.launchPermission.userGroups[%d]", at, i), "The only group is all, not '%s'.", g)
		}
	}
	for i, arn := range c.LaunchPermission.OrganizationalUnitArns {
		if !store.IsUnit(arn) { // the model's pattern does not check the end
			return ingot.InvalidValue(fmt.Sprintf("%s.amiDistributionConfiguration.launchPermission.organizationalUnitArns[%d]", at, i), "'%s' is not the ARN of an organizational unit.", arn)
		}
	}
	return nil
}

// GetDistributionConfiguration reads a configuration.
func (s *Service) GetDistributionConfiguration(ctx context.Context, in *imagebuilder.GetDistributionConfigurationInput) (*imagebuilder.GetDistributionConfigurationOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	c, _, err := lookup[imagebuilder.DistributionConfiguration](r, "distributionConfigurationArn", in.DistributionConfigurationArn, ingot.KindDistribution)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetDistributionConfigurationOutput{DistributionConfiguration: c}, nil
}

// UpdateDistributionConfiguration replaces the description and all distributions.
func (s *Service) UpdateDistributionConfiguration(ctx context.Context, in *imagebuilder.UpdateDistributionConfigurationInput) (*imagebuilder.UpdateDistributionConfigurationOutput, error) {
	if err := checkDistributions(in.Distributions); err != nil {
		return nil, err
	}
	return once(ctx, s, "UpdateDistributionConfiguration", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.UpdateDistributionConfigurationOutput, error) {
		a, err := r.own("distributionConfigurationArn", in.DistributionConfigurationArn, ingot.KindDistribution)
		if err != nil {
			return nil, err
		}
		err = change(r, a, func(c *imagebuilder.DistributionConfiguration) error {
			c.Description, c.Distributions, c.DateUpdated = in.Description, in.Distributions, r.now
			return nil
		})
		if err != nil {
			return nil, err
		}
		return &imagebuilder.UpdateDistributionConfigurationOutput{ClientToken: in.ClientToken, DistributionConfigurationArn: a.String()}, nil
	})
}

// DeleteDistributionConfiguration removes a configuration that no pipeline names.
func (s *Service) DeleteDistributionConfiguration(ctx context.Context, in *imagebuilder.DeleteDistributionConfigurationInput) (*imagebuilder.DeleteDistributionConfigurationOutput, error) {
	err := s.update(ctx, func(r *request, _ *store.Tx) error {
		a, err := r.own("distributionConfigurationArn", in.DistributionConfigurationArn, ingot.KindDistribution)
		if err != nil {
			return err
		}
		if err := r.unreferenced(a); err != nil {
			return err
		}
		return r.remove(a)
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.DeleteDistributionConfigurationOutput{DistributionConfigurationArn: in.DistributionConfigurationArn}, nil
}

var distributionFilters = filters{"name"}

// ListDistributionConfigurations lists the caller's configurations.
func (s *Service) ListDistributionConfigurations(ctx context.Context, in *imagebuilder.ListDistributionConfigurationsInput) (*imagebuilder.ListDistributionConfigurationsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.DistributionConfiguration](r, paging{"ListDistributionConfigurations", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindDistribution}, filters: distributionFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListDistributionConfigurationsOutput{NextToken: next, DistributionConfigurationSummaryList: []imagebuilder.DistributionConfigurationSummary{}}
	for _, i := range items {
		c := i.document
		row := imagebuilder.DistributionConfigurationSummary{
			Arn: c.Arn, Name: c.Name, Description: c.Description, DateCreated: c.DateCreated, DateUpdated: c.DateUpdated, Tags: c.Tags,
		}
		for _, d := range c.Distributions {
			row.Regions = append(row.Regions, d.Region)
		}
		out.DistributionConfigurationSummaryList = append(out.DistributionConfigurationSummaryList, row)
	}
	return out, nil
}
