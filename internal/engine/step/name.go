package step

import (
	"context"
	"errors"
	"fmt"

	"ingot/internal/store"
)

// NameTaken is the fault of a machine image whose name another one has.
type NameTaken struct{ Name, Region, By string }

func (e *NameTaken) Error() string {
	return fmt.Sprintf("AMI name '%s' is already in use by %s in %s; put {{ imagebuilder:buildDate }} into the name of the distribution configuration", e.Name, e.By, e.Region)
}

// NameIsFree refuses a name that another image of the account has in the region
// with a [NameTaken].
func NameIsFree(ctx context.Context, q store.Querier, ami store.AMI) error {
	id, err := store.AMINamed(ctx, q, ami.Account, ami.Region, ami.Name)
	if errors.Is(err, store.ErrNoRows) || (err == nil && id == ami.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	return &NameTaken{ami.Name, ami.Region, id}
}
