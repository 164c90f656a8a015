package store

import (
	"context"
	"errors"

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
	d, err := describeText(a.Kind, r.Document)
	if err != nil {
		return err
	}
	n, err := q.Exec(ctx, `INSERT INTO resources
		(account, region, kind, arn, type, slug, major, minor, patch, build, name, fingerprint, document, summary, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) ON CONFLICT DO NOTHING`,
		r.Account, r.Region, string(a.Kind), a.String(), a.Group, a.Slug, a.Version.Node(0), a.Version.Node(1), a.Version.Node(2),
		a.Build, r.Name, r.Fingerprint, r.Document, d.summary, r.Created)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrExists
	}
	if err := findNewest(ctx, q, r.Account, r.Region, a); err != nil {
		return err
	}
	return d.record(ctx, q, r.Account, r.Region, a.Kind, a.String(), r.Created)
}

const resourceColumns = `SELECT account, region, arn, name, fingerprint, document, created, revision FROM resources
	WHERE account = $1 AND region = $2`

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

// ResourcesNamed lists all versions and builds of one name, the highest first, without
// their documents. It uses the kind, group and slug of name.
func ResourcesNamed(ctx context.Context, q Querier, account, region string, name ingot.ARN) ([]Resource, error) {
	r, err := q.Query(ctx, `SELECT account, region, arn, name, fingerprint, '', created, revision FROM resources
		WHERE account = $1 AND region = $2 AND kind = $3 AND type = $4 AND slug = $5
		ORDER BY major DESC, minor DESC, patch DESC, build DESC`, account, region, string(name.Kind), name.Group, name.Slug)
	return Collect[Resource](r, err)(scanResource)
}

// NewestResource reads the newest build of a name that a version or pattern matches. It
// returns [ErrNoRows] when there is none.
func NewestResource(ctx context.Context, q Querier, account, region string, a ingot.ARN) (Resource, error) {
	s := &statement{}
	s.add(`SELECT account, region, arn, name, fingerprint, document, created, revision FROM resources r
		WHERE account = ? AND region = ? AND kind = ? AND type = ? AND slug = ?`, account, region, string(a.Kind), a.Group, a.Slug)
	s.matches([]ingot.Version{a.Version})
	s.add(` ORDER BY major DESC, minor DESC, patch DESC, build DESC LIMIT 1`)
	return scanResource(q.QueryRow(ctx, s.text.String(), s.args...))
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
		d, err := describeText(r.ARN.Kind, document)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `UPDATE resources SET document = $4, summary = $5, revision = revision + 1
			WHERE account = $1 AND region = $2 AND arn = $3 AND revision = $6`, account, region, arn, document, d.summary, r.revision)
		if err != nil {
			return err
		}
		if n > 0 {
			return d.record(ctx, q, account, region, r.ARN.Kind, arn, r.Created)
		}
	}
}

// DeleteResource removes a resource and reports whether it existed.
func DeleteResource(ctx context.Context, q Querier, account, region string, a ingot.ARN) (bool, error) {
	n, err := q.Exec(ctx, `DELETE FROM resources WHERE account = $1 AND region = $2 AND arn = $3`, account, region, a.String())
	if err != nil || n == 0 {
		return false, err
	}
	if err := forget(ctx, q, account, region, a.String()); err != nil {
		return false, err
	}
	return true, findNewest(ctx, q, account, region, a)
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
