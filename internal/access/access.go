// Package access decides who may use a machine image, and says why. Every caller that
// shows an image to an account, builds on it, starts it or hands out its bytes asks
// here each time: the answer is made from the rows of the moment and is not kept.
//
// An image is shared with principals: accounts, organizations, organizational units, or
// "all". An account matches several of them: its own id, all, and each unit and
// organization that contains it.
//
// For an account that may not use it, an image does not exist. An image that a build has
// staged is visible to no account yet.
//
// The person who runs the host can read its disks anyway: commands that act for that
// person use [ForOperator].
//
// Terms:
//
//   - grant: the reason why an account may use an image.
package access

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ingot"
	"ingot/internal/store"
)

// Act is what an account wants to do with an image.
type Act string

// The acts. Others with whom an image is shared may launch it and build on it. Only its
// owner may have its bytes, except those of managed images.
const (
	See     Act = "see"
	Launch  Act = "launch"
	BuildOn Act = "build on"
	Pull    Act = "pull"
)

// Reason is the kind of a grant.
type Reason string

// The reasons, the strongest first.
const (
	Owner        Reason = "owner"
	Managed      Reason = "managed"
	Account      Reason = "account"
	Unit         Reason = "organizationalUnit"
	Organization Reason = "organization"
	Public       Reason = "public"
)

// Grant says why an account may use an image.
type Grant struct {
	Reason Reason `json:"reason,omitempty"`
	// Principal is what the image is shared with; empty for owners and managed images.
	Principal string `json:"principal,omitempty"`
	// Path lists the units between the account and the principal, the account's own
	// first, when the principal contains the account.
	Path []string `json:"path,omitempty"`
}

// May reports whether the grant is enough for an act.
func (g Grant) May(act Act) bool { return act != Pull || g.Reason == Owner || g.Reason == Managed }

// String returns the grant as the end of a sentence whose subject is the account.
func (g Grant) String() string {
	switch g.Reason {
	case Owner:
		return "owns it"
	case Managed:
		return "may use it as every account may: it is managed by Ingot"
	case Account:
		return "may use it: it is shared with this account"
	case Public:
		return "may use it as every account may: it is public"
	}
	kind := "organization"
	if g.Reason == Unit {
		kind = "organizational unit"
	}
	return fmt.Sprintf("may use it: it is shared with the %s %s, which contains this account%s", kind, g.Principal, by(g.Path))
}

func by(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return " by way of " + strings.Join(path, ", ")
}

// ErrHidden says that there is no such image, or none that the account may see.
var ErrHidden = errors.New("the image does not exist or may not be used")

// ErrStorage says that an account may launch an image but may not have its bytes.
var ErrStorage = ingot.Errorf("InvalidRequest", "You do not have permission to access the storage of this ami")

// NotFound returns EC2's error for images that do not exist or are hidden.
func NotFound(ids ...string) *ingot.Error {
	const code ingot.Code = "InvalidAMIID.NotFound"
	if len(ids) == 1 {
		return ingot.Errorf(code, "The image id '[%s]' does not exist", ids[0])
	}
	return ingot.Errorf(code, "The image ids '[%s]' do not exist", strings.Join(ids, ", "))
}

// NoParent returns the error for a recipe or build whose parent image is hidden.
func NoParent(id, region string) *ingot.Error {
	return ingot.InvalidValue("parentImage", "The AMI '%s' does not exist in %s, or is not shared with this account.", id, region)
}

// May reads the image of a region for an account that wants to do act, and returns why
// it may. It returns [ErrHidden] or [ErrStorage] if it may not.
func May(ctx context.Context, q store.Querier, act Act, account, region, id string) (store.AMI, Grant, error) {
	a, err := store.AMIByID(ctx, q, region, id)
	if errors.Is(err, store.ErrNoRows) || (err == nil && a.Staged) {
		return store.AMI{}, Grant{}, ErrHidden
	}
	if err != nil {
		return store.AMI{}, Grant{}, err
	}
	g, err := grantOf(ctx, q, a, account)
	if err != nil {
		return store.AMI{}, Grant{}, err
	}
	if !g.May(act) {
		return store.AMI{}, Grant{}, ErrStorage
	}
	return a, g, nil
}

// principals is the SQL for the principals that the account $2 matches, with their
// distance from it.
const principals = `(SELECT CAST($2 AS TEXT) AS name, 0 AS distance
	UNION ALL SELECT '` + store.Everybody + `', 1000000
	UNION ALL SELECT ancestor, distance FROM organization_paths WHERE member = $2)`

// grantOf returns the strongest grant of an account.
func grantOf(ctx context.Context, q store.Querier, a store.AMI, account string) (Grant, error) {
	switch a.Account {
	case account:
		return Grant{Reason: Owner}, nil
	case ingot.OwnerManaged:
		return Grant{Reason: Managed}, nil
	}
	var principal string
	err := q.QueryRow(ctx, `SELECT own.name FROM `+principals+` AS own CROSS JOIN ami_permissions AS p
		WHERE p.region = $1 AND p.principal = own.name AND p.image = $3 ORDER BY own.distance LIMIT 1`,
		a.Region, account, a.ID).Scan(&principal)
	if errors.Is(err, store.ErrNoRows) {
		return Grant{}, ErrHidden
	}
	if err != nil {
		return Grant{}, err
	}
	return granted(ctx, q, account, principal)
}

// granted returns the grant from a principal that the account matches.
func granted(ctx context.Context, q store.Querier, account, principal string) (g Grant, err error) {
	g = Grant{Reason: kindOf(principal), Principal: principal}
	if g.Reason != Unit && g.Reason != Organization {
		return g, nil
	}
	all, err := store.Ancestors(ctx, q, account)
	for _, name := range all {
		if name == principal {
			break
		}
		if store.IsUnit(name) {
			g.Path = append(g.Path, name)
		}
	}
	return g, err
}

// kindOf returns the reason for which a principal's accounts may use an image.
func kindOf(principal string) Reason {
	switch {
	case principal == store.Everybody:
		return Public
	case store.IsUnit(principal):
		return Unit
	case store.IsOrganization(principal):
		return Organization
	}
	return Account
}

// ForOperator finds a published image by its id, in any region, for the person who runs
// the host. It returns [ErrHidden] when there is none.
func ForOperator(ctx context.Context, q store.Querier, id string) (store.AMI, error) {
	all, err := store.AMIsWhere(ctx, q, `id = $1 AND staged = 0`, id)
	if err != nil || len(all) == 0 {
		return store.AMI{}, errors.Join(err, ErrHidden)
	}
	return all[0], nil
}
