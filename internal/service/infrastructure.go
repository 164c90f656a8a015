package service

import (
	"context"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// CreateInfrastructureConfiguration makes a configuration of build machines. The
// instance profile, network and placement are kept and have no effect; each image's log
// names them.
func (s *Service) CreateInfrastructureConfiguration(ctx context.Context, in *imagebuilder.CreateInfrastructureConfigurationInput) (*imagebuilder.CreateInfrastructureConfigurationOutput, error) {
	c := &imagebuilder.InfrastructureConfiguration{
		Name: in.Name, Description: in.Description, InstanceTypes: in.InstanceTypes, InstanceProfileName: in.InstanceProfileName,
		SecurityGroupIds: in.SecurityGroupIds, SubnetId: in.SubnetId, Logging: in.Logging, KeyPair: in.KeyPair,
		TerminateInstanceOnFailure: pointer(given(in.TerminateInstanceOnFailure, true)), SnsTopicArn: in.SnsTopicArn,
		ResourceTags: in.ResourceTags, InstanceMetadataOptions: in.InstanceMetadataOptions, Placement: in.Placement, Tags: in.Tags,
	}
	if err := checkInfrastructure(c); err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateInfrastructureConfiguration", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.CreateInfrastructureConfigurationOutput, error) {
		a := r.named(ingot.KindInfrastructure, in.Name)
		c.Arn, c.DateCreated = a.String(), r.now
		if err := r.insert(a, in.Name, "", c); err != nil {
			return nil, err
		}
		return &imagebuilder.CreateInfrastructureConfigurationOutput{ClientToken: in.ClientToken, InfrastructureConfigurationArn: c.Arn}, nil
	})
}

// reservedTags are keys that the service itself sets on what it launches.
var reservedTags = map[string]bool{"CreatedBy": true, "Ec2ImageBuilderArn": true, "Name": true, "Tags": true}

func checkInfrastructure(c *imagebuilder.InfrastructureConfiguration) error {
	if c.SubnetId != "" && len(c.SecurityGroupIds) == 0 {
		return combination("subnetId needs at least one entry in securityGroupIds.")
	}
	for key := range c.ResourceTags {
		if reservedTags[key] || strings.HasPrefix(key, "aws:") {
			return ingot.InvalidValue("resourceTags", "The key '%s' is reserved.", key)
		}
	}
	return checkPlacement(c.Placement)
}

func checkPlacement(p *imagebuilder.Placement) error {
	switch {
	case p == nil:
		return nil
	case p.HostId != "" && p.HostResourceGroupArn != "":
		return combination("placement.hostId and placement.hostResourceGroupArn exclude each other.")
	case (p.HostId != "" || p.HostResourceGroupArn != "") && p.Tenancy != "host":
		return combination("placement.hostId and placement.hostResourceGroupArn need the tenancy host.")
	}
	return nil
}

// GetInfrastructureConfiguration reads a configuration.
func (s *Service) GetInfrastructureConfiguration(ctx context.Context, in *imagebuilder.GetInfrastructureConfigurationInput) (*imagebuilder.GetInfrastructureConfigurationOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	c, _, err := lookup[imagebuilder.InfrastructureConfiguration](r, "infrastructureConfigurationArn", in.InfrastructureConfigurationArn, ingot.KindInfrastructure)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetInfrastructureConfigurationOutput{InfrastructureConfiguration: c}, nil
}

// UpdateInfrastructureConfiguration replaces everything but the name and the tags.
func (s *Service) UpdateInfrastructureConfiguration(ctx context.Context, in *imagebuilder.UpdateInfrastructureConfigurationInput) (*imagebuilder.UpdateInfrastructureConfigurationOutput, error) {
	c := imagebuilder.InfrastructureConfiguration{
		Description: in.Description, InstanceTypes: in.InstanceTypes, InstanceProfileName: in.InstanceProfileName,
		SecurityGroupIds: in.SecurityGroupIds, SubnetId: in.SubnetId, Logging: in.Logging, KeyPair: in.KeyPair,
		TerminateInstanceOnFailure: pointer(given(in.TerminateInstanceOnFailure, true)), SnsTopicArn: in.SnsTopicArn,
		ResourceTags: in.ResourceTags, InstanceMetadataOptions: in.InstanceMetadataOptions, Placement: in.Placement,
	}
	if err := checkInfrastructure(&c); err != nil {
		return nil, err
	}
	return once(ctx, s, "UpdateInfrastructureConfiguration", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.UpdateInfrastructureConfigurationOutput, error) {
		a, err := r.own("infrastructureConfigurationArn", in.InfrastructureConfigurationArn, ingot.KindInfrastructure)
		if err != nil {
			return nil, err
		}
		err = change(r, a, func(old *imagebuilder.InfrastructureConfiguration) error {
			c.Arn, c.Name, c.DateCreated, c.Tags, c.DateUpdated = old.Arn, old.Name, old.DateCreated, old.Tags, r.now
			*old = c
			return nil
		})
		if err != nil {
			return nil, err
		}
		return &imagebuilder.UpdateInfrastructureConfigurationOutput{ClientToken: in.ClientToken, InfrastructureConfigurationArn: a.String()}, nil
	})
}

// DeleteInfrastructureConfiguration removes a configuration that no pipeline names.
func (s *Service) DeleteInfrastructureConfiguration(ctx context.Context, in *imagebuilder.DeleteInfrastructureConfigurationInput) (*imagebuilder.DeleteInfrastructureConfigurationOutput, error) {
	err := s.update(ctx, func(r *request, _ *store.Tx) error {
		a, err := r.own("infrastructureConfigurationArn", in.InfrastructureConfigurationArn, ingot.KindInfrastructure)
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
	return &imagebuilder.DeleteInfrastructureConfigurationOutput{InfrastructureConfigurationArn: in.InfrastructureConfigurationArn}, nil
}

var infrastructureFilters = filters{"name"}

// ListInfrastructureConfigurations lists the caller's configurations.
func (s *Service) ListInfrastructureConfigurations(ctx context.Context, in *imagebuilder.ListInfrastructureConfigurationsInput) (*imagebuilder.ListInfrastructureConfigurationsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.InfrastructureConfiguration](r, paging{"ListInfrastructureConfigurations", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindInfrastructure}, filters: infrastructureFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListInfrastructureConfigurationsOutput{NextToken: next, InfrastructureConfigurationSummaryList: []imagebuilder.InfrastructureConfigurationSummary{}}
	for _, i := range items {
		c := i.document
		out.InfrastructureConfigurationSummaryList = append(out.InfrastructureConfigurationSummaryList, imagebuilder.InfrastructureConfigurationSummary{
			Arn: c.Arn, Name: c.Name, Description: c.Description, DateCreated: c.DateCreated, DateUpdated: c.DateUpdated,
			ResourceTags: c.ResourceTags, Tags: c.Tags, InstanceTypes: c.InstanceTypes, InstanceProfileName: c.InstanceProfileName,
			Placement: c.Placement,
		})
	}
	return out, nil
}
