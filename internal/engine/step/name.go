package step

import (
	"context"
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
	all, err := store.AMIs(ctx, q, ami.Region)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Account == ami.Account && a.Name == ami.Name && a.ID != ami.ID {
			return &NameTaken{ami.Name, ami.Region, a.ID}
		}
	}
	return nil
}
