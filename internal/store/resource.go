package store

import (
	"context"
	"errors"
	"strings"

	"ingot"
)

// Resource is a component, recipe, configuration or pipeline. Its document is the
// JSON that the API shows, with its tags.
type Resource struct {
	Account, Region string
	ARN             ingot.ARN // of the build, version or plain resource
	Name            string    // as typed
	Fingerprint     string    // of the request that made it, to recognize a repetition
	Document        string    // JSON
	Created         string
	revision        int64
}

// ErrExists says that a row with the same name, version and build exists.
var ErrExists = errors.New("the resource exists already")

// InsertResource inserts a new resource. It returns [ErrExists] when the ARN is taken.
func InsertResource(ctx context.Context, q Querier, r Resource) error {
	a := r.ARN
	n, err := q.Exec(ctx, `INSERT INTO resources
		(account, region, kind, arn, type, slug, major, minor, patch, build, name, fingerprint, document, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) ON CONFLICT DO NOTHING`,
		r.Account, r.Region, string(a.Kind), a.String(), a.Group, a.Slug, a.Version.Node(0), a.Version.Node(1), a.Version.Node(2),
		a.Build, r.Name, r.Fingerprint, r.Document, r.Created)
	if err == nil && n == 0 {
		return ErrExists
	}
	return err
}

const (
	allResourceColumns = `SELECT account, region, arn, name, fingerprint, document, created, revision FROM resources`
	resourceColumns    = allResourceColumns + ` WHERE account = $1 AND region = $2`
)

func scanResource(r Row) (x Resource, err error) {
	var arn string
	if err := r.Scan(&x.Account, &x.Region, &arn, &x.Name, &x.Fingerprint, &x.Document, &x.Created, &x.revision); err != nil {
		return x, oneErrNoRows(err)
	}
	x.ARN, err = ingot.ParseARN(arn)
	return x, err
}

// ResourceByARN reads one resource by its exact ARN; it returns [ErrNoRows] when there
// is none.
func ResourceByARN(ctx context.Context, q Querier, account, region, arn string) (Resource, error) {
	return scanResource(q.QueryRow(ctx, resourceColumns+` AND arn = $3`, account, region, arn))
}

// EachResource calls f for each resource of one kind, oldest first, with one row in
// memory at a time, until f returns an error. If mention is not empty it skips the
// resources whose document does not contain it. f must not use q.
func EachResource(ctx context.Context, q Querier, account, region string, kind ingot.Kind, mention string, f func(Resource) error) error {
	text, args := resourceColumns+` AND kind = $3`, []any{account, region, string(kind)}
	if mention != "" {
		text, args = text+` AND document LIKE $4 ESCAPE '!'`, append(args, "%"+likeLiteral.Replace(mention)+"%")
	}
	rows, err := q.Query(ctx, text+` ORDER BY created, arn`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanResource(rows)
		if err == nil {
			err = f(r)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// likeLiteral escapes the wildcards of LIKE.
var likeLiteral = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// ResourcesOfAll lists the resources of one kind of all accounts, oldest first.
func ResourcesOfAll(ctx context.Context, q Querier, region string, kind ingot.Kind) ([]Resource, error) {
	r, err := q.Query(ctx, allResourceColumns+` WHERE region = $1 AND kind = $2 ORDER BY created, account, arn`, region, string(kind))
	return Collect[Resource](r, err)(scanResource)
}

// ResourcesNamed lists all versions and builds of one name, the highest first, without
// their documents. It uses the kind, group and slug of name.
func ResourcesNamed(ctx context.Context, q Querier, account, region string, name ingot.ARN) ([]Resource, error) {
	r, err := q.Query(ctx, `SELECT account, region, arn, name, fingerprint, '', created, revision FROM resources
		WHERE account = $1 AND region = $2 AND kind = $3 AND type = $4 AND slug = $5
		ORDER BY major DESC, minor DESC, patch DESC, build DESC`, account, region, string(name.Kind), name.Group, name.Slug)
	return Collect[Resource](r, err)(scanResource)
}

// SetDocument changes the document of a resource by f, which is called again when
// another transaction wrote the row in between. It returns [ErrNoRows] when there is no
// such resource.
func SetDocument(ctx context.Context, q Querier, account, region, arn string, f func(document string) (string, error)) error {
	for {
		r, err := ResourceByARN(ctx, q, account, region, arn)
		if err != nil {
			return err
		}
		document, err := f(r.Document)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `UPDATE resources SET document = $4, revision = revision + 1
			WHERE account = $1 AND region = $2 AND arn = $3 AND revision = $5`, account, region, arn, document, r.revision)
		if err != nil || n > 0 {
			return err
		}
	}
}

// DeleteResource removes a resource and reports whether it existed.
func DeleteResource(ctx context.Context, q Querier, account, region, arn string) (bool, error) {
	n, err := q.Exec(ctx, `DELETE FROM resources WHERE account = $1 AND region = $2 AND arn = $3`, account, region, arn)
	return n > 0, err
}

// NextBuild returns the next build number of a version: 1, 2, 3 and so on. A number is
// never returned twice, even if its build was deleted.
func NextBuild(ctx context.Context, q Querier, account, region string, version ingot.ARN) (int, error) {
	var n int
	v := version.Version
	err := q.QueryRow(ctx, `INSERT INTO build_numbers (account, region, kind, type, slug, major, minor, patch, last)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,1)
		ON CONFLICT (account, region, kind, type, slug, major, minor, patch) DO UPDATE SET last = build_numbers.last + 1
		RETURNING last`,
		account, region, string(version.Kind), version.Group, version.Slug, v.Node(0), v.Node(1), v.Node(2)).Scan(&n)
	return n, err
}
