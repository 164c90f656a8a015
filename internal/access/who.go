package access

import (
	"context"

	"ingot"
	"ingot/internal/store"
)

// Holder is an account or principal that may use an image, and why.
type Holder struct {
	Name   string `json:"name"` // the owner, or a principal
	Reason Reason `json:"reason"`
	// Accounts are those that a unit or organization contains now.
	Accounts []string `json:"accounts,omitempty"`
}

// Who lists all that may use an image: its owner, then the principals that it is shared
// with. Everybody may use a managed image.
func Who(ctx context.Context, q store.Querier, a store.AMI) ([]Holder, error) {
	if a.Account == ingot.OwnerManaged {
		return []Holder{{Name: store.Everybody, Reason: Managed}}, nil
	}
	all := []Holder{{Name: a.Account, Reason: Owner}}
	given, err := store.Permissions(ctx, q, a.Account, a.Region, a.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range given {
		name, err := p.Principal()
		if err != nil {
			return nil, err
		}
		h := Holder{Name: name, Reason: kindOf(name)}
		if h.Reason == Unit || h.Reason == Organization {
			if h.Accounts, err = store.AccountsIn(ctx, q, name); err != nil {
				return nil, err
			}
		}
		all = append(all, h)
	}
	return all, nil
}
