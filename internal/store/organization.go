package store

import (
	"context"
	"errors"
	"fmt"
)

// ErrContains says that a member of an organization cannot be moved or removed: it
// would contain itself, or it still contains others.
var ErrContains = errors.New("the node contains the other")

// MoveMember moves an account, unit or root below a parent in the tree of an
// organization, with all that is below it. The rows change in the transaction q, so no
// reader sees an account in two places or in none.
func MoveMember(ctx context.Context, q Querier, member, parent string) error {
	if err := lockTrees(ctx, q); err != nil {
		return err
	}
	within, err := contains(ctx, q, member, parent)
	if err != nil {
		return err
	}
	if member == parent || within {
		return fmt.Errorf("moving %s to %s: %w", member, parent, ErrContains)
	}
	if err := detach(ctx, q, member); err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO organization_paths (member, ancestor, distance)
		SELECT below.name, above.name, below.distance + above.distance + 1
		FROM (SELECT CAST($1 AS TEXT) AS name, 0 AS distance
			UNION ALL SELECT member, distance FROM organization_paths WHERE ancestor = $1) AS below
		CROSS JOIN (SELECT CAST($2 AS TEXT) AS name, 0 AS distance
			UNION ALL SELECT ancestor, distance FROM organization_paths WHERE member = $2) AS above`, member, parent)
	return err
}

// RemoveMember removes an account, unit or root that contains nothing from the tree.
func RemoveMember(ctx context.Context, q Querier, member string) error {
	if err := lockTrees(ctx, q); err != nil {
		return err
	}
	var n int64
	if err := q.QueryRow(ctx, `SELECT count(*) FROM organization_paths WHERE ancestor = $1`, member).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("removing %s: %w", member, ErrContains)
	}
	return detach(ctx, q, member)
}

// lockTrees makes other changes of trees wait: two changes that are each right could
// together put two units into each other.
func lockTrees(ctx context.Context, q Querier) error { return Lock(ctx, q, "organizations", "") }

func contains(ctx context.Context, q Querier, ancestor, member string) (bool, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT count(*) FROM organization_paths WHERE ancestor = $1 AND member = $2`, ancestor, member).Scan(&n)
	return n > 0, err
}

// detach separates a member and all below it from what is above it.
func detach(ctx context.Context, q Querier, member string) error {
	_, err := q.Exec(ctx, `DELETE FROM organization_paths
		WHERE (member = $1 OR member IN (SELECT member FROM organization_paths WHERE ancestor = $1))
		AND ancestor IN (SELECT ancestor FROM organization_paths WHERE member = $1)`, member)
	return err
}

// Ancestors lists what contains an account, unit or root, the nearest first.
func Ancestors(ctx context.Context, q Querier, member string) ([]string, error) {
	r, err := q.Query(ctx, `SELECT ancestor FROM organization_paths WHERE member = $1 ORDER BY distance, ancestor`, member)
	return Collect[string](r, err)(func(r Row) (name string, err error) { return name, r.Scan(&name) })
}

// AccountsIn lists the accounts that a unit or organization contains, directly or not.
func AccountsIn(ctx context.Context, q Querier, ancestor string) ([]string, error) {
	r, err := q.Query(ctx, `SELECT member FROM organization_paths WHERE ancestor = $1 AND member NOT LIKE 'arn:%' ORDER BY member`, ancestor)
	return Collect[string](r, err)(func(r Row) (name string, err error) { return name, r.Scan(&name) })
}
