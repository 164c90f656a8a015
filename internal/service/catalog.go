package service

import (
	"context"
	"errors"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/store"
)

// Catalog finds what recipes name, for the plan of a build. It has no state.
type Catalog struct{}

func in(ctx context.Context, q store.Querier, account, region string) *request {
	return &request{Identity: caller.Identity{Account: account, Region: region}, ctx: ctx, q: q, now: store.Now()}
}

// Component returns the newest component that the reference matches.
func (Catalog) Component(ctx context.Context, q store.Querier, account, region, arn string) (*imagebuilder.Component, error) {
	c, _, err := lookup[imagebuilder.Component](in(ctx, q, account, region), "componentArn", arn, ingot.KindComponent)
	return c, err
}

// Image returns an image to build on: the build that the reference names, or the newest
// AVAILABLE one that it matches.
func (Catalog) Image(ctx context.Context, q store.Querier, account, region, arn string) (*imagebuilder.Image, error) {
	r := in(ctx, q, account, region)
	a, err := r.arn("parentImage", arn, ingot.KindImage)
	if err != nil {
		return nil, err
	}
	if a.Build == 0 {
		return r.newestImage(a, ingot.Available)
	}
	image, err := r.image(a)
	if err != nil {
		return nil, err
	}
	if s := ingot.Status(image.State.Status); s != ingot.Available && s != ingot.Deprecated {
		return nil, ingot.Errorf(ingot.InvalidRequest, "The image '%s' is %s; only one that is AVAILABLE can be built on.", a, s)
	}
	return image, nil
}

// image reads one build of an image.
func (r *request) image(a ingot.ARN) (*imagebuilder.Image, error) {
	image, err := store.ImageByARN(r.ctx, r.q, a.String())
	if errors.Is(err, store.ErrNoRows) {
		err = ingot.Missing(a.String())
	}
	return image, err
}

// newestImage reads the newest build that a version or pattern matches, in one of the
// given states or, without them, in any.
func (r *request) newestImage(a ingot.ARN, states ...ingot.Status) (*imagebuilder.Image, error) {
	image, err := store.NewestImage(r.ctx, r.q, a.Owner, r.Region, a, states...)
	if errors.Is(err, store.ErrNoRows) {
		err = ingot.Missing(a.String())
	}
	return image, err
}
