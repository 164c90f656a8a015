package action

import (
	"context"
	"errors"

	"ingot/internal/document/component"
)

// assert fails when its condition is false.
func assert(_ context.Context, call Call) ([]Output, error) {
	condition, err := component.ParseCondition(call.Inputs)
	if err != nil {
		return nil, err
	}
	holds, err := Evaluate(condition, call)
	if err != nil {
		return nil, err
	}
	if !holds {
		return nil, errors.New("the assertion is false: " + call.Inputs.String())
	}
	return []Output{{}}, nil
}
