package apitest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"ingot"
	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/api/model"
	"ingot/api/sts"
	"ingot/internal/api/caller"
)

// ImageBuilder is a small service that shows what arrives: it keeps distribution
// configurations and tags, and fails as the name of an image says.
type ImageBuilder struct {
	imagebuilder.Unimplemented
	mu      sync.Mutex
	configs map[string]*imagebuilder.DistributionConfiguration
	tags    map[string]model.Tags
	Calls   int // of GetImage
}

// NewImageBuilder returns an empty service.
func NewImageBuilder() *ImageBuilder {
	return &ImageBuilder{configs: map[string]*imagebuilder.DistributionConfiguration{}, tags: map[string]model.Tags{}}
}

// CreateDistributionConfiguration keeps the configuration.
func (s *ImageBuilder) CreateDistributionConfiguration(ctx context.Context, in *imagebuilder.CreateDistributionConfigurationInput) (*imagebuilder.CreateDistributionConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := caller.From(ctx)
	arn := ingot.ARN{Partition: "aws", Region: id.Region, Owner: id.Account, Kind: ingot.KindDistribution, Slug: ingot.Slug(in.Name)}.String()
	if s.configs[arn] != nil {
		return nil, ingot.Errorf(ingot.AlreadyExists, "The following resource 'DistributionConfiguration' already exists: '%s'.", arn)
	}
	minutes := 720
	s.configs[arn] = &imagebuilder.DistributionConfiguration{
		Arn: arn, Name: in.Name, Description: in.Description, Distributions: in.Distributions, Tags: in.Tags,
		DateCreated: "2020-02-19T18:40:10.529Z", TimeoutMinutes: &minutes,
	}
	return &imagebuilder.CreateDistributionConfigurationOutput{ClientToken: in.ClientToken, DistributionConfigurationArn: arn}, nil
}

// GetDistributionConfiguration returns it.
func (s *ImageBuilder) GetDistributionConfiguration(_ context.Context, in *imagebuilder.GetDistributionConfigurationInput) (*imagebuilder.GetDistributionConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.configs[in.DistributionConfigurationArn]; c != nil {
		return &imagebuilder.GetDistributionConfigurationOutput{DistributionConfiguration: c}, nil
	}
	return nil, ingot.Missing(in.DistributionConfigurationArn)
}

// TagResource adds tags to any ARN.
func (s *ImageBuilder) TagResource(_ context.Context, in *imagebuilder.TagResourceInput) (*imagebuilder.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tags[in.ResourceArn] == nil {
		s.tags[in.ResourceArn] = model.Tags{}
	}
	for k, v := range in.Tags {
		s.tags[in.ResourceArn][k] = v
	}
	return &imagebuilder.TagResourceOutput{}, nil
}

// UntagResource removes tags.
func (s *ImageBuilder) UntagResource(_ context.Context, in *imagebuilder.UntagResourceInput) (*imagebuilder.UntagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range in.TagKeys {
		delete(s.tags[in.ResourceArn], k)
	}
	return &imagebuilder.UntagResourceOutput{}, nil
}

// ListTagsForResource lists them.
func (s *ImageBuilder) ListTagsForResource(_ context.Context, in *imagebuilder.ListTagsForResourceInput) (*imagebuilder.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &imagebuilder.ListTagsForResourceOutput{Tags: s.tags[in.ResourceArn]}, nil
}

// ListComponents returns the request as a component's name and owner.
func (s *ImageBuilder) ListComponents(_ context.Context, in *imagebuilder.ListComponentsInput) (*imagebuilder.ListComponentsOutput, error) {
	var values []string
	for _, f := range in.Filters {
		values = append(values, f.Name+"="+strings.Join(f.Values, ","))
	}
	return &imagebuilder.ListComponentsOutput{ComponentVersionList: []imagebuilder.ComponentVersion{{Name: strings.Join(values, ";"), Owner: in.Owner}}}, nil
}

// Fixed is the time that the fake answers with.
var Fixed = time.Date(2026, 9, 12, 10, 0, 0, 250e6, time.UTC)

// GetLifecyclePolicy answers with a time that is sent as a number.
func (s *ImageBuilder) GetLifecyclePolicy(_ context.Context, in *imagebuilder.GetLifecyclePolicyInput) (*imagebuilder.GetLifecyclePolicyOutput, error) {
	return &imagebuilder.GetLifecyclePolicyOutput{LifecyclePolicy: &imagebuilder.LifecyclePolicy{
		Arn: in.LifecyclePolicyArn, DateCreated: &model.Timestamp{Time: Fixed},
	}}, nil
}

// StartResourceStateUpdate returns the time that it was sent as the execution's id.
func (s *ImageBuilder) StartResourceStateUpdate(_ context.Context, in *imagebuilder.StartResourceStateUpdateInput) (*imagebuilder.StartResourceStateUpdateOutput, error) {
	return &imagebuilder.StartResourceStateUpdateOutput{ResourceArn: in.ResourceArn, LifecycleExecutionId: in.UpdateAt.Format(time.RFC3339)}, nil
}

// GetImage fails as the image's name says.
func (s *ImageBuilder) GetImage(_ context.Context, in *imagebuilder.GetImageInput) (*imagebuilder.GetImageOutput, error) {
	s.mu.Lock()
	s.Calls++
	s.mu.Unlock()
	arn, err := ingot.ParseARN(in.ImageBuildVersionArn)
	switch {
	case err != nil:
		return nil, err
	case arn.Slug == "panics":
		panic("secret of the panic")
	case arn.Slug == "breaks":
		return nil, errors.New("secret of the error")
	}
	return nil, &ingot.Error{Code: codes[arn.Slug], Message: "as asked"}
}

var codes = map[string]ingot.Code{
	"missing": ingot.NotFound, "quota": ingot.QuotaExceeded, "forbidden": ingot.Forbidden, "dry-run": ingot.DryRun,
	"exists": ingot.AlreadyExists, "unavailable": ingot.Unavailable, "throttled": "TooManyRequestsException",
}

// EC2 answers with what it was asked for.
type EC2 struct{ ec2.Unimplemented }

// DescribeImages lists an image for each id, with the other parameters in the
// description.
func (EC2) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput) (*ec2.DescribeImagesOutput, error) {
	asked := []string{strings.Join(in.Owners, ","), strings.Join(in.ExecutableUsers, ",")}
	for _, f := range in.Filters {
		asked = append(asked, f.Name+"="+strings.Join(f.Values, ","))
	}
	public := false
	out := &ec2.DescribeImagesOutput{Images: []ec2.Image{}}
	for _, id := range in.ImageIds {
		out.Images = append(out.Images, ec2.Image{
			ImageId: id, Description: strings.Join(asked, " <&> "), Public: &public, Tags: []ec2.Tag{{Key: "k", Value: "v"}},
		})
	}
	return out, nil
}

// DescribeImageAttribute returns one permission of each kind, or no image.
func (EC2) DescribeImageAttribute(_ context.Context, in *ec2.DescribeImageAttributeInput) (*ec2.DescribeImageAttributeOutput, error) {
	if in.ImageId == "ami-0" {
		return nil, ingot.Errorf("InvalidAMIID.NotFound", "The image id '[ami-0]' does not exist")
	}
	return &ec2.DescribeImageAttributeOutput{ImageId: in.ImageId, LaunchPermissions: []ec2.LaunchPermission{
		{UserId: Account}, {Group: "all"}, {OrganizationArn: "arn:o"}, {OrganizationalUnitArn: "arn:ou"},
	}}, nil
}

// STS answers with the caller.
type STS struct{ sts.Unimplemented }

// GetCallerIdentity returns the caller.
func (STS) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	id := caller.From(ctx)
	return &sts.GetCallerIdentityOutput{Account: id.Account, Arn: id.ARN, UserId: id.UserID}, nil
}
