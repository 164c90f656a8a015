package service

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/api/model"
	"ingot/internal/store"
)

// mostTags is how many tags a resource may have.
const mostTags = 50

// invalidTag returns an error with the code that only the tag operations use.
func invalidTag(format string, args ...any) error {
	return ingot.Errorf(ingot.InvalidParameter, format, args...)
}

// tagged parses the ARN of something that has tags: a build, a version of a recipe, or
// a resource without versions.
func (r *request) tagged(text string) (ingot.ARN, error) {
	a, err := ingot.ParseARN(text)
	switch {
	case err != nil:
		return a, invalidTag("The value '%s' is not an ARN of Image Builder.", text)
	case a.Kind.TypeName() == "":
		return a, invalidTag("The ARN '%s' is not of a resource that has tags.", text)
	case a.Version.Wildcard():
		return a, invalidTag("The ARN '%s' has a wildcard; name the exact version.", text)
	case a.Build == 0 && (a.Kind == ingot.KindComponent || a.Kind == ingot.KindImage || a.Kind == ingot.KindWorkflow):
		return a, invalidTag("The ARN '%s' must end with a build number; tags belong to builds.", text)
	case a.Region != r.Region:
		return a, invalidTag("The ARN '%s' is in another region than this endpoint, %s.", text, r.Region)
	}
	return a, r.visible("resourceArn", a)
}

// ListTagsForResource reads the tags of a resource.
func (s *Service) ListTagsForResource(ctx context.Context, in *imagebuilder.ListTagsForResourceInput) (*imagebuilder.ListTagsForResourceOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	a, err := r.tagged(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if a.Kind == ingot.KindImage {
		image, err := r.image(a)
		if err != nil {
			return nil, err
		}
		return &imagebuilder.ListTagsForResourceOutput{Tags: image.Tags}, nil
	}
	row, err := r.find(a)
	if err != nil {
		return nil, err
	}
	v, err := document[struct{ Tags model.Tags }](row)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.ListTagsForResourceOutput{Tags: v.Tags}, nil
}

// TagResource adds tags to a resource and overwrites existing ones.
func (s *Service) TagResource(ctx context.Context, in *imagebuilder.TagResourceInput) (*imagebuilder.TagResourceOutput, error) {
	for key := range in.Tags {
		if strings.HasPrefix(key, "aws:") {
			return nil, invalidTag("The tag key '%s' is reserved: keys must not begin with aws:.", key)
		}
	}
	err := s.retag(ctx, in.ResourceArn, func(tags model.Tags) error {
		maps.Copy(tags, in.Tags)
		if len(tags) > mostTags {
			return invalidTag("A resource may have %d tags; with these it would have %d.", mostTags, len(tags))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.TagResourceOutput{}, nil
}

// UntagResource removes tags; keys that do not exist are ignored.
func (s *Service) UntagResource(ctx context.Context, in *imagebuilder.UntagResourceInput) (*imagebuilder.UntagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceArn, func(tags model.Tags) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.UntagResourceOutput{}, nil
}

// retag changes the tags of a resource by f.
func (s *Service) retag(ctx context.Context, arn string, f func(model.Tags) error) error {
	return s.update(ctx, func(r *request, tx *store.Tx) error {
		a, err := r.tagged(arn)
		if err != nil {
			return err
		}
		if a.Owner == ingot.OwnerManaged {
			return ingot.Errorf(ingot.Forbidden, "The resource '%s' is managed and cannot be changed.", a)
		}
		if a.Kind == ingot.KindImage {
			err := store.SetImage(ctx, tx, a.String(), func(i *imagebuilder.Image) error { return changeTags(&i.Tags, f) })
			if errors.Is(err, store.ErrNoRows) {
				err = ingot.Missing(a.String())
			}
			return err
		}
		// Every kind has its tags in the same member; the rest is not touched.
		return change(r, a, func(v *map[string]json.RawMessage) error { return changeMember(*v, f) })
	})
}

func changeTags(tags *model.Tags, f func(model.Tags) error) error {
	changed := model.Tags{}
	maps.Copy(changed, *tags)
	if err := f(changed); err != nil {
		return err
	}
	*tags = changed
	return nil
}

func changeMember(document map[string]json.RawMessage, f func(model.Tags) error) error {
	var tags model.Tags
	if text := document["tags"]; text != nil {
		if err := json.Unmarshal(text, &tags); err != nil {
			return err
		}
	}
	if err := changeTags(&tags, f); err != nil {
		return err
	}
	text, err := json.Marshal(tags)
	document["tags"] = text
	return err
}
