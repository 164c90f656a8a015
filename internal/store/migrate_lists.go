package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/pressly/goose/v3"

	"ingot"
)

// listsMigration adds what lists and delete rules look up, and fills it from the
// documents.
func listsMigration() *goose.Migration {
	return goose.NewGoMigration(8, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		q := conn{tx}
		for _, step := range []func(context.Context, Querier) error{
			statements(listTables), describeResources, describeImages, statements(listEnd),
		} {
			if err := step(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}}, nil)
}

var listTables = []string{
	// The members of the document that lists show, as JSON; whether the row is the newest
	// build of its version, and of its name.
	`ALTER TABLE resources ADD COLUMN summary TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE resources ADD COLUMN newest_build BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE resources ADD COLUMN newest_version BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE images ADD COLUMN summary TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE images ADD COLUMN newest_build BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE images ADD COLUMN newest_version BIGINT NOT NULL DEFAULT 0`,
	// One row for each value of a member that filters of lists compare.
	`CREATE TABLE facets (
		account TEXT NOT NULL,
		region  TEXT NOT NULL,
		kind    TEXT NOT NULL,
		arn     TEXT NOT NULL,
		name    TEXT NOT NULL, -- of the filter
		value   TEXT NOT NULL,
		created TEXT NOT NULL, -- of the resource
		PRIMARY KEY (account, region, arn, name, value)
	)`,
	// What a resource names: by owner, kind and name, whatever the version, or by an id.
	`CREATE TABLE resource_references (
		account   TEXT NOT NULL, -- of the resource that names
		region    TEXT NOT NULL,
		arn       TEXT NOT NULL,
		target    TEXT NOT NULL,
		reference TEXT NOT NULL, -- as written
		PRIMARY KEY (account, region, arn, reference)
	)`,
}

var listEnd = []string{
	newestOf("resources", "account, region, kind, type, slug", "newest_build", "major, minor, patch", "build"),
	newestOf("resources", "account, region, kind, type, slug", "newest_version", "", "major, minor, patch, build"),
	newestOf("images", "account, region, slug", "newest_build", "major, minor, patch", "build"),
	newestOf("images", "account, region, slug", "newest_version", "", "major, minor, patch, build"),
	`CREATE INDEX facets_value ON facets (account, region, kind, name, value, created, arn)`,
	`CREATE INDEX resource_references_target ON resource_references (region, target, reference)`,
	`CREATE INDEX resources_builds ON resources (account, region, kind, created, arn)`,
	`CREATE INDEX resources_versions ON resources (account, region, kind, created, arn) WHERE newest_build = 1`,
	`CREATE INDEX resources_names ON resources (account, region, kind, created, arn) WHERE newest_version = 1`,
	`CREATE INDEX images_builds ON images (account, region, created, arn)`,
	`CREATE INDEX images_versions ON images (account, region, created, arn) WHERE newest_build = 1`,
	`CREATE INDEX images_names ON images (account, region, created, arn) WHERE newest_version = 1`,
	`DROP INDEX images_pipeline`,
	`CREATE INDEX images_pipeline ON images (account, region, pipeline, created, arn)`,
}

// newestOf returns the statement that marks the highest row of each group by some columns.
func newestOf(table, group, mark, and, order string) string {
	if and != "" {
		group += ", " + and
	}
	order = strings.ReplaceAll(order, ",", " DESC,") + " DESC"
	return `UPDATE ` + table + ` SET ` + mark + ` = 1 WHERE (account, region, arn) IN (
		SELECT account, region, arn FROM (
			SELECT account, region, arn, ROW_NUMBER() OVER (PARTITION BY ` + group + ` ORDER BY ` + order + `) AS place FROM ` + table + `
		) AS placed WHERE place = 1)`
}

// oldRow is a row of before the migration.
type oldRow struct{ account, region, kind, arn, created string }

func describeResources(ctx context.Context, q Querier) error {
	return describeRows(ctx, q, "resources", "kind")
}

func describeImages(ctx context.Context, q Querier) error {
	return describeRows(ctx, q, "images", "'"+string(ingot.KindImage)+"'")
}

// describeRows fills the summaries, facets and references of a table. It has one document
// in memory at a time.
func describeRows(ctx context.Context, q Querier, table, kind string) error {
	const some = 1000
	for last := (oldRow{}); ; {
		r, err := q.Query(ctx, `SELECT account, region, `+kind+`, arn, created FROM `+table+`
			WHERE (account, region, arn) > ($1, $2, $3) ORDER BY account, region, arn LIMIT $4`, last.account, last.region, last.arn, some)
		rows, err := Collect[oldRow](r, err)(func(r Row) (x oldRow, err error) {
			return x, r.Scan(&x.account, &x.region, &x.kind, &x.arn, &x.created)
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, x := range rows {
			if err := describeRow(ctx, q, table, x); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1]
	}
}

func describeRow(ctx context.Context, q Querier, table string, x oldRow) error {
	const row = ` WHERE account = $1 AND region = $2 AND arn = $3`
	var document string
	if err := q.QueryRow(ctx, `SELECT document FROM `+table+row, x.account, x.region, x.arn).Scan(&document); err != nil {
		return err
	}
	d, err := describeText(ingot.Kind(x.kind), document)
	if err != nil {
		return err
	}
	if _, err := q.Exec(ctx, `UPDATE `+table+` SET summary = $4`+row, x.account, x.region, x.arn, d.summary); err != nil {
		return err
	}
	return d.record(ctx, q, x.account, x.region, ingot.Kind(x.kind), x.arn, x.created)
}
