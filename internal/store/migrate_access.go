package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/pressly/goose/v3"
)

// accessMigration moves the launch permissions from JSON to rows, and makes the names of
// published machine images unique. It is written in Go because the two databases have no
// common function that reads JSON.
func accessMigration() *goose.Migration {
	return goose.NewGoMigration(7, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		q := conn{tx}
		for _, step := range []func(context.Context, Querier) error{
			statements(accessTables), permissionsToRows, renameDoubles, statements(accessEnd),
		} {
			if err := step(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}}, nil)
}

var accessTables = []string{
	// Who may use a machine image beside its owner: one row for each principal, in
	// the form that permission.go describes.
	`CREATE TABLE ami_permissions (
		account   TEXT NOT NULL, -- that owns the image
		region    TEXT NOT NULL,
		image     TEXT NOT NULL,
		principal TEXT NOT NULL,
		PRIMARY KEY (region, image, principal),
		FOREIGN KEY (account, region, image) REFERENCES amis (account, region, id) ON DELETE CASCADE
	)`,
	`CREATE INDEX ami_permissions_principal ON ami_permissions (region, principal, image)`,
	// The closure of the trees of organizations: one row for each account, unit and
	// root and each one that contains it, directly or not.
	`CREATE TABLE organization_paths (
		member   TEXT   NOT NULL, -- account id, or ARN of a unit or root
		ancestor TEXT   NOT NULL, -- ARN of a unit, root or organization
		distance BIGINT NOT NULL, -- 1 for the parent
		PRIMARY KEY (member, ancestor)
	)`,
	`CREATE INDEX organization_paths_ancestor ON organization_paths (ancestor, distance, member)`,
}

var accessEnd = []string{
	`ALTER TABLE amis DROP COLUMN permissions`,
	// The names of staged images are not taken yet.
	`CREATE UNIQUE INDEX amis_name ON amis (account, region, name) WHERE staged = 0`,
}

// statements runs SQL that has no parameters, one statement after the other.
func statements(all []string) func(context.Context, Querier) error {
	return func(ctx context.Context, q Querier) error {
		for _, s := range all {
			if _, err := q.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// oldAMI is what the migration reads of a row.
type oldAMI struct{ account, region, id, name, document, permissions string }

func oldAMIs(ctx context.Context, q Querier, where string) ([]oldAMI, error) {
	r, err := q.Query(ctx, `SELECT account, region, id, name, document, permissions FROM amis WHERE `+where+` ORDER BY created, id`)
	return Collect[oldAMI](r, err)(func(r Row) (a oldAMI, err error) {
		return a, r.Scan(&a.account, &a.region, &a.id, &a.name, &a.document, &a.permissions)
	})
}

func permissionsToRows(ctx context.Context, q Querier) error {
	all, err := oldAMIs(ctx, q, `permissions <> '[]'`)
	if err != nil {
		return err
	}
	for _, a := range all {
		var given []Permission
		if err := json.Unmarshal([]byte(a.permissions), &given); err != nil {
			return fmt.Errorf("reading the launch permissions of %s: %w", a.id, err)
		}
		// The model's pattern lets through texts that are not the ARN of a unit. They
		// gave nobody access.
		given = slices.DeleteFunc(given, func(p Permission) bool { _, err := p.Principal(); return err != nil })
		if err := SetPermissions(ctx, q, a.account, a.region, a.id, given); err != nil {
			return err
		}
	}
	return nil
}

// longestName is how many characters the name of a machine image may have.
const longestName = 128

// renameDoubles appends the id to the names of images whose name an older image has, so
// that the index can be made. Earlier releases allowed that only for two builds that
// ended at the same moment.
func renameDoubles(ctx context.Context, q Querier) error {
	all, err := oldAMIs(ctx, q, `staged = 0`)
	if err != nil {
		return err
	}
	taken := map[[3]string]bool{}
	for _, a := range all {
		key := [3]string{a.account, a.region, a.name}
		if !taken[key] {
			taken[key] = true
			continue
		}
		if err := rename(ctx, q, a); err != nil {
			return fmt.Errorf("renaming %s: %w", a.id, err)
		}
	}
	return nil
}

func rename(ctx context.Context, q Querier, a oldAMI) error {
	end := " " + a.id
	name := a.name
	for utf8.RuneCountInString(name)+len(end) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	name += end
	var members map[string]any
	if err := json.Unmarshal([]byte(a.document), &members); err != nil {
		return err
	}
	members["name"] = name
	document, err := json.Marshal(members)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `UPDATE amis SET name = $4, document = $5 WHERE account = $1 AND region = $2 AND id = $3`,
		a.account, a.region, a.id, name, string(document))
	return err
}
