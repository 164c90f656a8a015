package service

import (
	"context"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// GetImage reads a build of an image; for a version or pattern, the newest build in any
// state.
func (s *Service) GetImage(ctx context.Context, in *imagebuilder.GetImageInput) (*imagebuilder.GetImageOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	a, err := r.arn("imageBuildVersionArn", in.ImageBuildVersionArn, ingot.KindImage)
	if err != nil {
		return nil, err
	}
	find := r.image
	if a.Build == 0 {
		find = func(a ingot.ARN) (*imagebuilder.Image, error) { return r.newestImage(a) }
	}
	image, err := find(a)
	if err != nil {
		return nil, err
	}
	if a, err = ingot.ParseARN(image.Arn); err != nil {
		return nil, err
	}
	return &imagebuilder.GetImageOutput{Image: image, LatestVersionReferences: latest(a)}, nil
}

// CancelImageCreation asks a build to end; it answers before the build has ended.
func (s *Service) CancelImageCreation(ctx context.Context, in *imagebuilder.CancelImageCreationInput) (*imagebuilder.CancelImageCreationOutput, error) {
	return once(ctx, s, "CancelImageCreation", in.ClientToken, in, func(r *request, tx *store.Tx) (*imagebuilder.CancelImageCreationOutput, error) {
		a, err := r.ownBuild("imageBuildVersionArn", in.ImageBuildVersionArn, ingot.KindImage)
		if err != nil {
			return nil, err
		}
		image, err := r.image(a)
		if err != nil {
			return nil, err
		}
		asked, err := store.RequestCancel(ctx, tx, a.String())
		if err != nil {
			return nil, err
		}
		if !asked {
			return nil, ingot.InvalidValue("imageBuildVersionArn", "The image is %s and can no longer be cancelled.", image.State.Status)
		}
		return &imagebuilder.CancelImageCreationOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: a.String()}, nil
	})
}

// DeleteImage removes the record of a build; its machine images stay.
func (s *Service) DeleteImage(ctx context.Context, in *imagebuilder.DeleteImageInput) (*imagebuilder.DeleteImageOutput, error) {
	err := s.update(ctx, func(r *request, tx *store.Tx) error {
		a, err := r.ownBuild("imageBuildVersionArn", in.ImageBuildVersionArn, ingot.KindImage)
		if err != nil {
			return err
		}
		if _, err := r.image(a); err != nil {
			return err
		}
		if err := r.unreferenced(a); err != nil {
			return err
		}
		gone, err := store.DeleteImage(ctx, tx, r.Account, r.Region, a)
		if err == nil && !gone {
			return ingot.Errorf(ingot.Dependency, "The image '%s' is still being built; cancel it with CancelImageCreation and delete it when it is CANCELLED.", a)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.DeleteImageOutput{ImageBuildVersionArn: in.ImageBuildVersionArn}, nil
}

var imageFilters = filters{"name", "osVersion", "platform", "type", "version"}

// ListImages lists versions, or names, each as its newest build.
func (s *Service) ListImages(ctx context.Context, in *imagebuilder.ListImagesInput) (*imagebuilder.ListImagesOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := byNameAndVersion("Images", in.ByName, in.Filters); err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.Image](r, paging{"ListImages", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindImage, Fold: fold(in.ByName)}, owner: in.Owner, filters: imageFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListImagesOutput{NextToken: next, ImageVersionList: []imagebuilder.ImageVersion{}}
	for _, item := range items {
		i, a := item.document, item.arn
		out.ImageVersionList = append(out.ImageVersionList, imagebuilder.ImageVersion{
			Arn: folded(in.ByName)(a), Name: i.Name, Type: i.Type, Version: a.Version.String(), Platform: i.Platform,
			OsVersion: i.OsVersion, Owner: ownerName(a.Owner), DateCreated: i.DateCreated, BuildType: i.BuildType, ImageSource: i.ImageSource,
		})
	}
	return out, nil
}

// ListImageBuildVersions lists the builds of a version, or all of the caller's,
// newest first.
func (s *Service) ListImageBuildVersions(ctx context.Context, in *imagebuilder.ListImageBuildVersionsInput) (*imagebuilder.ListImageBuildVersionsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	l := listing{List: store.List{Kind: ingot.KindImage}, filters: imageFilters, given: in.Filters}
	if err := l.builds(r, "imageVersionArn", in.ImageVersionArn); err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.Image](r, paging{"ListImageBuildVersions", in, in.MaxResults, in.NextToken}, l)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.ListImageBuildVersionsOutput{NextToken: next, ImageSummaryList: imageSummaries(items)}, nil
}

// ListImagePipelineImages lists the images that a pipeline started, newest first.
func (s *Service) ListImagePipelineImages(ctx context.Context, in *imagebuilder.ListImagePipelineImagesInput) (*imagebuilder.ListImagePipelineImagesOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	_, a, err := lookup[imagebuilder.ImagePipeline](r, "imagePipelineArn", in.ImagePipelineArn, ingot.KindPipeline)
	if err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.Image](r, paging{"ListImagePipelineImages", in, in.MaxResults, in.NextToken}, listing{
		List:    store.List{Kind: ingot.KindImage, Pipeline: a.String(), NewestFirst: true},
		filters: pipelineImageFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.ListImagePipelineImagesOutput{NextToken: next, ImageSummaryList: imageSummaries(items)}, nil
}

var pipelineImageFilters = filters{"name", "version"}

func imageSummaries(all []item[imagebuilder.Image]) []imagebuilder.ImageSummary {
	rows := make([]imagebuilder.ImageSummary, 0, len(all))
	for _, item := range all {
		i, a := item.document, item.arn
		rows = append(rows, imagebuilder.ImageSummary{
			Arn: i.Arn, Name: i.Name, Type: i.Type, Version: i.Version, Platform: i.Platform, OsVersion: i.OsVersion, State: i.State,
			Owner: ownerName(a.Owner), DateCreated: i.DateCreated, OutputResources: i.OutputResources, Tags: i.Tags,
			BuildType: i.BuildType, ImageSource: i.ImageSource, LoggingConfiguration: i.LoggingConfiguration,
			DeprecationTime: i.DeprecationTime, LifecycleExecutionId: i.LifecycleExecutionId,
		})
	}
	return rows
}
