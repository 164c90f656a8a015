package store

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
)

// Permission is one launch permission; exactly one member is set.
type Permission struct {
	UserID                string `json:"userId,omitempty"`
	Group                 string `json:"group,omitempty"` // "all"
	OrganizationARN       string `json:"organizationArn,omitempty"`
	OrganizationalUnitARN string `json:"organizationalUnitArn,omitempty"`
}

// Everybody is the principal that every account matches, and the only group.
const Everybody = "all"

// The forms of principals. No text has two of them, so a principal is stored as its
// text: an account's id, [Everybody], or the ARN of an organization or unit.
var (
	accountForm      = regexp.MustCompile(`^[0-9]{12}$`)
	organizationForm = regexp.MustCompile(`^arn:aws[^:]*:organizations::[0-9]{12}:organization/o-[a-z0-9]+$`)
	unitForm         = regexp.MustCompile(`^arn:aws[^:]*:organizations::[0-9]{12}:ou/o-[a-z0-9]+/ou-[a-z0-9-]+$`)
)

// IsAccount reports whether a principal is an account.
func IsAccount(principal string) bool { return accountForm.MatchString(principal) }

// IsOrganization reports whether a principal is an organization.
func IsOrganization(principal string) bool { return organizationForm.MatchString(principal) }

// IsUnit reports whether a principal is an organizational unit.
func IsUnit(principal string) bool { return unitForm.MatchString(principal) }

// Principal returns the principal of the permission, or an error if it has none or one
// of no known form.
func (p Permission) Principal() (string, error) {
	name := cmp.Or(p.UserID, p.Group, p.OrganizationARN, p.OrganizationalUnitARN)
	if again, ok := permissionOf(name); !ok || again != p {
		return "", fmt.Errorf("%+v is not a launch permission", p)
	}
	return name, nil
}

// permissionOf returns the permission for a principal.
func permissionOf(principal string) (p Permission, ok bool) {
	switch {
	case principal == Everybody:
		p.Group = principal
	case IsAccount(principal):
		p.UserID = principal
	case IsOrganization(principal):
		p.OrganizationARN = principal
	case IsUnit(principal):
		p.OrganizationalUnitARN = principal
	default:
		return p, false
	}
	return p, true
}

// SetPermissions replaces the launch permissions of a machine image. It is called in a
// transaction, or by the only process that works on the image.
func SetPermissions(ctx context.Context, q Querier, account, region, id string, all []Permission) error {
	if _, err := q.Exec(ctx, `DELETE FROM ami_permissions WHERE account = $1 AND region = $2 AND image = $3`, account, region, id); err != nil {
		return err
	}
	for _, p := range all {
		principal, err := p.Principal()
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO ami_permissions (account, region, image, principal) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
			account, region, id, principal)
		if err != nil {
			return fmt.Errorf("sharing %s with %s: %w", id, principal, err)
		}
	}
	return nil
}

// Permissions lists the launch permissions of a machine image: accounts, all,
// organizations, units.
func Permissions(ctx context.Context, q Querier, account, region, id string) ([]Permission, error) {
	r, err := q.Query(ctx, `SELECT principal FROM ami_permissions WHERE account = $1 AND region = $2 AND image = $3`, account, region, id)
	names, err := Collect[string](r, err)(func(r Row) (name string, err error) { return name, r.Scan(&name) })
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	all := make([]Permission, len(names))
	for i, name := range names {
		all[i], _ = permissionOf(name) // nothing else is written
	}
	return all, nil
}
