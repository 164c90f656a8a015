package ami

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/store"
)

// NameIsFree refuses a name that another published image of the account has in the
// region with a [store.NameTaken].
func NameIsFree(ctx context.Context, q store.Querier, ami store.AMI) error {
	id, err := store.AMINamed(ctx, q, ami.Account, ami.Region, ami.Name)
	if errors.Is(err, store.ErrNoRows) || (err == nil && id == ami.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	return WithRemedy(&store.NameTaken{Name: ami.Name, Region: ami.Region, By: id})
}

// WithRemedy adds to an error what the user can do about a name that is taken.
func WithRemedy(taken *store.NameTaken) error {
	return fmt.Errorf("%w; in the name of the distribution configuration, give {{ imagebuilder:buildDate }} no format, or one that differs between builds", taken)
}
