package service

import (
	"context"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// CreateImagePipeline makes a pipeline: a recipe and the configurations to build it
// with.
func (s *Service) CreateImagePipeline(ctx context.Context, in *imagebuilder.CreateImagePipelineInput) (*imagebuilder.CreateImagePipelineOutput, error) {
	p := &imagebuilder.ImagePipeline{
		Name: in.Name, Description: in.Description, ImageRecipeArn: in.ImageRecipeArn, ContainerRecipeArn: in.ContainerRecipeArn,
		InfrastructureConfigurationArn: in.InfrastructureConfigurationArn, DistributionConfigurationArn: in.DistributionConfigurationArn,
		ImageTestsConfiguration: in.ImageTestsConfiguration, EnhancedImageMetadataEnabled: in.EnhancedImageMetadataEnabled,
		Schedule: in.Schedule, Status: in.Status, ImageScanningConfiguration: in.ImageScanningConfiguration, Workflows: in.Workflows,
		ExecutionRole: in.ExecutionRole, LoggingConfiguration: in.LoggingConfiguration, ImageTags: in.ImageTags, Tags: in.Tags,
	}
	if err := completePipeline(p); err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateImagePipeline", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.CreateImagePipelineOutput, error) {
		a := r.named(ingot.KindPipeline, in.Name)
		if err := r.resolvePipeline(p); err != nil {
			return nil, err
		}
		p.Arn, p.DateCreated, p.DateUpdated = a.String(), r.now, r.now
		if err := r.insert(a, in.Name, "", p); err != nil {
			return nil, err
		}
		return &imagebuilder.CreateImagePipelineOutput{ClientToken: in.ClientToken, ImagePipelineArn: a.String()}, nil
	})
}

// completePipeline checks the members of a pipeline against each other and fills in
// the defaults.
func completePipeline(p *imagebuilder.ImagePipeline) error {
	b := buildMembers{
		recipe: p.ImageRecipeArn, container: p.ContainerRecipeArn, workflows: p.Workflows, role: p.ExecutionRole,
		scanning: p.ImageScanningConfiguration,
	}
	if l := p.LoggingConfiguration; l != nil {
		b.logGroups = []string{l.ImageLogGroupName, l.PipelineLogGroupName}
	}
	if err := b.check(); err != nil {
		return err
	}
	if p.Schedule != nil {
		return notYet("The member schedule", "leave it out and start the pipeline with StartImagePipelineExecution")
	}
	if p.Status == "" {
		p.Status = "ENABLED"
	}
	p.EnhancedImageMetadataEnabled = pointer(given(p.EnhancedImageMetadataEnabled, true))
	p.ImageTestsConfiguration = testsConfiguration(p.ImageTestsConfiguration)
	return nil
}

// testsConfiguration fills in the defaults of a tests configuration.
func testsConfiguration(c *imagebuilder.ImageTestsConfiguration) *imagebuilder.ImageTestsConfiguration {
	const minutes = 720
	given := given(c, imagebuilder.ImageTestsConfiguration{})
	if given.ImageTestsEnabled == nil {
		given.ImageTestsEnabled = pointer(true)
	}
	if given.TimeoutMinutes == nil {
		given.TimeoutMinutes = pointer(minutes)
	}
	return &given
}

// buildMembers are the members that CreateImage and pipelines share.
type buildMembers struct {
	recipe, container string
	workflows         []imagebuilder.WorkflowConfiguration
	role              string
	scanning          *imagebuilder.ImageScanningConfiguration
	logGroups         []string
}

func (b buildMembers) check() error {
	if (b.recipe == "") == (b.container == "") {
		return combination("Exactly one of imageRecipeArn and containerRecipeArn must be given.")
	}
	if len(b.workflows) > 0 && b.role == "" {
		return combination("An execution role is required to provide workflows")
	}
	for _, g := range b.logGroups {
		if g != "" && !strings.HasPrefix(g, "/aws/imagebuilder/") && b.role == "" {
			return combination("The log group '%s' is not under /aws/imagebuilder/ and needs an executionRole.", g)
		}
	}
	switch {
	case b.container != "":
		return notYet("The member containerRecipeArn", "use imageRecipeArn")
	case len(b.workflows) > 0:
		return notYet("The member workflows", "leave it out and the managed workflows run")
	case b.scanning != nil && given(b.scanning.ImageScanningEnabled, false):
		return notYet("imageScanningConfiguration.imageScanningEnabled", "leave it out or set it to false")
	}
	return nil
}

// resolvePipeline finds what a pipeline names and sets its platform from the recipe.
func (r *request) resolvePipeline(p *imagebuilder.ImagePipeline) error {
	recipe, _, err := lookup[imagebuilder.ImageRecipe](r, "imageRecipeArn", p.ImageRecipeArn, ingot.KindImageRecipe)
	if err != nil {
		return err
	}
	p.Platform = recipe.Platform
	_, err = r.infrastructure(p.InfrastructureConfigurationArn)
	if err != nil {
		return err
	}
	_, err = r.distribution(p.DistributionConfigurationArn)
	return err
}

func (r *request) infrastructure(arn string) (*imagebuilder.InfrastructureConfiguration, error) {
	c, _, err := lookup[imagebuilder.InfrastructureConfiguration](r, "infrastructureConfigurationArn", arn, ingot.KindInfrastructure)
	return c, err
}

// distribution reads a distribution configuration; an empty ARN returns nil.
func (r *request) distribution(arn string) (*imagebuilder.DistributionConfiguration, error) {
	if arn == "" {
		return nil, nil
	}
	c, _, err := lookup[imagebuilder.DistributionConfiguration](r, "distributionConfigurationArn", arn, ingot.KindDistribution)
	return c, err
}

// GetImagePipeline reads a pipeline and the state of its last run.
func (s *Service) GetImagePipeline(ctx context.Context, in *imagebuilder.GetImagePipelineInput) (*imagebuilder.GetImagePipelineOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	p, _, err := lookup[imagebuilder.ImagePipeline](r, "imagePipelineArn", in.ImagePipelineArn, ingot.KindPipeline)
	if err != nil {
		return nil, err
	}
	if err := r.lastRun(p); err != nil {
		return nil, err
	}
	return &imagebuilder.GetImagePipelineOutput{ImagePipeline: p}, nil
}

// lastRun sets the state of the newest image of a pipeline. The service counts
// consecutive failures of scheduled runs only, and there are no scheduled runs.
func (r *request) lastRun(p *imagebuilder.ImagePipeline) error {
	p.ConsecutiveFailures = pointer(0)
	var err error
	p.LastRunStatus, err = store.LastStatus(r.ctx, r.q, r.Account, r.Region, p.Arn)
	return err
}

// UpdateImagePipeline replaces everything but the name and the tags; what is left out
// returns to its default.
func (s *Service) UpdateImagePipeline(ctx context.Context, in *imagebuilder.UpdateImagePipelineInput) (*imagebuilder.UpdateImagePipelineOutput, error) {
	p := imagebuilder.ImagePipeline{
		Description: in.Description, ImageRecipeArn: in.ImageRecipeArn, ContainerRecipeArn: in.ContainerRecipeArn,
		InfrastructureConfigurationArn: in.InfrastructureConfigurationArn, DistributionConfigurationArn: in.DistributionConfigurationArn,
		ImageTestsConfiguration: in.ImageTestsConfiguration, EnhancedImageMetadataEnabled: in.EnhancedImageMetadataEnabled,
		Schedule: in.Schedule, Status: in.Status, ImageScanningConfiguration: in.ImageScanningConfiguration, Workflows: in.Workflows,
		ExecutionRole: in.ExecutionRole, LoggingConfiguration: in.LoggingConfiguration, ImageTags: in.ImageTags,
	}
	if err := completePipeline(&p); err != nil {
		return nil, err
	}
	return once(ctx, s, "UpdateImagePipeline", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.UpdateImagePipelineOutput, error) {
		a, err := r.own("imagePipelineArn", in.ImagePipelineArn, ingot.KindPipeline)
		if err != nil {
			return nil, err
		}
		if err := r.resolvePipeline(&p); err != nil {
			return nil, err
		}
		err = change(r, a, func(old *imagebuilder.ImagePipeline) error {
			p.Arn, p.Name, p.DateCreated, p.Tags, p.DateUpdated = old.Arn, old.Name, old.DateCreated, old.Tags, r.now
			*old = p
			return nil
		})
		if err != nil {
			return nil, err
		}
		return &imagebuilder.UpdateImagePipelineOutput{ClientToken: in.ClientToken, ImagePipelineArn: a.String()}, nil
	})
}

// DeleteImagePipeline removes a pipeline; its images stay.
func (s *Service) DeleteImagePipeline(ctx context.Context, in *imagebuilder.DeleteImagePipelineInput) (*imagebuilder.DeleteImagePipelineOutput, error) {
	err := s.update(ctx, func(r *request, _ *store.Tx) error {
		a, err := r.own("imagePipelineArn", in.ImagePipelineArn, ingot.KindPipeline)
		if err != nil {
			return err
		}
		return r.remove(a)
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.DeleteImagePipelineOutput{ImagePipelineArn: in.ImagePipelineArn}, nil
}

var pipelineFilters = filters{
	"description", "distributionConfigurationArn", "imageRecipeArn", "infrastructureConfigurationArn", "name", "status",
}

// ListImagePipelines lists the caller's pipelines.
func (s *Service) ListImagePipelines(ctx context.Context, in *imagebuilder.ListImagePipelinesInput) (*imagebuilder.ListImagePipelinesOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.ImagePipeline](r, paging{"ListImagePipelines", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindPipeline}, filters: pipelineFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListImagePipelinesOutput{NextToken: next, ImagePipelineList: []imagebuilder.ImagePipeline{}}
	for _, i := range items {
		p := i.document
		if err := r.lastRun(p); err != nil {
			return nil, err
		}
		out.ImagePipelineList = append(out.ImagePipelineList, *p)
	}
	return out, nil
}
