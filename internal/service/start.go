package service

import (
	"context"
	"fmt"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	managed "ingot/catalog/workflow"
	"ingot/internal/store"
)

// CreateImage starts a build. It answers when the PENDING image, its plan and the job
// are written, in one transaction.
func (s *Service) CreateImage(ctx context.Context, in *imagebuilder.CreateImageInput) (*imagebuilder.CreateImageOutput, error) {
	b := buildMembers{
		recipe: in.ImageRecipeArn, container: in.ContainerRecipeArn, workflows: in.Workflows, role: in.ExecutionRole,
		scanning: in.ImageScanningConfiguration,
	}
	if l := in.LoggingConfiguration; l != nil {
		b.logGroups = []string{l.LogGroupName}
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateImage", in.ClientToken, in, func(r *request, tx *store.Tx) (*imagebuilder.CreateImageOutput, error) {
		a, err := s.start(r, tx, &order{
			recipe: in.ImageRecipeArn, infrastructure: in.InfrastructureConfigurationArn, distribution: in.DistributionConfigurationArn,
			image: imagebuilder.Image{
				EnhancedImageMetadataEnabled: in.EnhancedImageMetadataEnabled, ImageTestsConfiguration: in.ImageTestsConfiguration,
				ImageScanningConfiguration: in.ImageScanningConfiguration, ExecutionRole: in.ExecutionRole,
				LoggingConfiguration: in.LoggingConfiguration, Tags: in.Tags,
			},
		})
		if err != nil {
			return nil, err
		}
		return &imagebuilder.CreateImageOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: a.String(), LatestVersionReferences: latest(a)}, nil
	})
}

// StartImagePipelineExecution starts a build of a pipeline, even of a disabled one.
func (s *Service) StartImagePipelineExecution(ctx context.Context, in *imagebuilder.StartImagePipelineExecutionInput) (*imagebuilder.StartImagePipelineExecutionOutput, error) {
	return once(ctx, s, "StartImagePipelineExecution", in.ClientToken, in, func(r *request, tx *store.Tx) (*imagebuilder.StartImagePipelineExecutionOutput, error) {
		p, _, err := lookup[imagebuilder.ImagePipeline](r, "imagePipelineArn", in.ImagePipelineArn, ingot.KindPipeline)
		if err != nil {
			return nil, err
		}
		a, err := s.start(r, tx, orderOf(p, in.Tags))
		if err != nil {
			return nil, err
		}
		return &imagebuilder.StartImagePipelineExecutionOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: a.String()}, nil
	})
}

// orderOf makes an order from a pipeline. The pipeline's imageTags are for scheduled
// runs; a manual start has its own.
func orderOf(p *imagebuilder.ImagePipeline, tags map[string]string) *order {
	o := &order{
		recipe: p.ImageRecipeArn, infrastructure: p.InfrastructureConfigurationArn, distribution: p.DistributionConfigurationArn,
		image: imagebuilder.Image{
			EnhancedImageMetadataEnabled: p.EnhancedImageMetadataEnabled, ImageTestsConfiguration: p.ImageTestsConfiguration,
			ImageScanningConfiguration: p.ImageScanningConfiguration, ExecutionRole: p.ExecutionRole,
			SourcePipelineArn: p.Arn, SourcePipelineName: p.Name, Tags: tags,
		},
	}
	if l := p.LoggingConfiguration; l != nil && l.ImageLogGroupName != "" {
		o.image.LoggingConfiguration = &imagebuilder.ImageLoggingConfiguration{LogGroupName: l.ImageLogGroupName}
	}
	return o
}

// order is the request for a build: references, and the members of the image that the
// request has.
type order struct {
	recipe, infrastructure, distribution string
	image                                imagebuilder.Image
}

// start writes the image of an order and hands it to the builder.
func (s *Service) start(r *request, tx *store.Tx, o *order) (a ingot.ARN, err error) {
	image := &o.image
	if image.ImageRecipe, _, err = lookup[imagebuilder.ImageRecipe](r, "imageRecipeArn", o.recipe, ingot.KindImageRecipe); err != nil {
		return a, err
	}
	if image.InfrastructureConfiguration, err = r.infrastructure(o.infrastructure); err != nil {
		return a, err
	}
	if image.DistributionConfiguration, err = r.distribution(o.distribution); err != nil {
		return a, err
	}
	if a, err = r.imageARN(image.ImageRecipe); err != nil {
		return a, err
	}
	r.complete(image, a)
	if err := store.InsertImage(r.ctx, tx, r.Account, r.Region, image); err != nil {
		return a, fmt.Errorf("writing the image %s: %w", a, err)
	}
	s.Logger.Info("starting a build", "image", image.Arn, "request", r.RequestID)
	return a, s.Builder.Start(r.ctx, tx, r.Account, r.Region, image)
}

// imageARN returns the ARN of the next build of a recipe's image.
func (r *request) imageARN(recipe *imagebuilder.ImageRecipe) (ingot.ARN, error) {
	version, err := ingot.ParseVersion(recipe.Version)
	if err != nil {
		return ingot.ARN{}, err
	}
	a := r.named(ingot.KindImage, recipe.Name).WithVersion(version)
	a.Build, err = store.NextBuild(r.ctx, r.q, r.Account, r.Region, a)
	return a, err
}

// complete sets what every new image of a recipe has.
func (r *request) complete(image *imagebuilder.Image, a ingot.ARN) {
	image.Arn, image.Version = a.String(), a.BuildVersion()
	image.Type, image.Name, image.Platform = "AMI", image.ImageRecipe.Name, image.ImageRecipe.Platform
	image.State = &imagebuilder.ImageState{Status: string(ingot.Pending)}
	image.EnhancedImageMetadataEnabled = pointer(given(image.EnhancedImageMetadataEnabled, true))
	image.ImageTestsConfiguration = testsConfiguration(image.ImageTestsConfiguration)
	image.BuildType, image.ImageSource = "USER_INITIATED", "CUSTOM"
	image.DateCreated = r.now
	image.OutputResources = &imagebuilder.OutputResources{Amis: []imagebuilder.Ami{}}
	image.Workflows = r.managedWorkflows(*image.ImageTestsConfiguration.ImageTestsEnabled)
}

// managedWorkflows returns the workflows of a build that has none of its own.
func (r *request) managedWorkflows(tests bool) (all []imagebuilder.WorkflowConfiguration) {
	for _, w := range managed.All {
		if w.Type == "TEST" && !tests {
			continue
		}
		all = append(all, imagebuilder.WorkflowConfiguration{WorkflowArn: fmt.Sprintf("arn:aws:imagebuilder:%s:%s:workflow/%s/%s/%s/1",
			r.Region, ingot.OwnerManaged, strings.ToLower(w.Type), w.Name, w.Version)})
	}
	return all
}
