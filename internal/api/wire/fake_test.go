package wire_test

import (
	"context"

	"ingot/api/imagebuilder"
)

// lists lists no components.
type lists struct{ imagebuilder.Unimplemented }

func (lists) ListComponents(context.Context, *imagebuilder.ListComponentsInput) (*imagebuilder.ListComponentsOutput, error) {
	return &imagebuilder.ListComponentsOutput{ComponentVersionList: []imagebuilder.ComponentVersion{}}, nil
}
