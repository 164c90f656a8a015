package access_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"ingot/internal/access"
	"ingot/internal/store"
)

// recorder keeps the queries that go through it.
type recorder struct {
	store.Querier
	queries []string
	args    [][]any
}

func (r *recorder) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	r.queries, r.args = append(r.queries, query), append(r.args, args)
	return r.Querier.Query(ctx, query, args...)
}

// crowd writes 20000 images of 2000 accounts, each shared with two others.
var crowd = []string{
	`INSERT INTO amis (account, region, id, name, image_arn, digest, staged, document, created)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		SELECT CAST(500000000000 + i % 2000 AS TEXT), 'us-east-1', 'ami-' || CAST(i AS TEXT), 'web ' || CAST(i AS TEXT), 'i', 'd', 0, '{}', '2026' FROM n`,
	`INSERT INTO ami_permissions (account, region, image, principal)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		SELECT CAST(500000000000 + i % 2000 AS TEXT), 'us-east-1', 'ami-' || CAST(i AS TEXT), CAST(600000000000 + (i + k) % 2000 AS TEXT) FROM n, (SELECT 0 AS k UNION ALL SELECT 7) AS two`,
	`ANALYZE`,
}

// whole are the words of plans that read all rows of a table of images or permissions.
var whole = regexp.MustCompile(`SCAN (amis|p|ami_permissions)\b|Seq Scan on (amis|ami_permissions)`)

// TestListReadsIndexes asks as an account that sees ten of twenty thousand images, and
// looks at how the database finds them.
func TestListReadsIndexes(t *testing.T) {
	const caller = "600000000003"
	each(t, func(t *testing.T, s *store.Store) {
		for _, statement := range crowd {
			if _, err := s.DB().Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		place(t, s, caller, unit(1, 1))
		explain := "EXPLAIN "
		if s.SQLite() != nil {
			explain = "EXPLAIN QUERY PLAN "
		}
		for what, w := range map[string]access.Wanted{
			"all": {}, "self": {ExecutableBy: []string{caller}}, "another": {ExecutableBy: []string{owner}}, "public": {ExecutableBy: []string{"all"}},
			"name": {Names: []string{"web 7"}}, "id": {IDs: []string{"ami-7"}}, "owner": {Owners: []string{caller, owner}},
		} {
			r := &recorder{Querier: s.DB()}
			all, err := access.List(t.Context(), r, caller, region, w)
			if want := map[string]int{"all": 20, "self": 20}[what]; err != nil || len(r.queries) != 1 || (want > 0 && len(all) != want) {
				t.Errorf("%s: %d images by %d queries, %v", what, len(all), len(r.queries), err)
			}
			if plan := planOf(t, s, explain+r.queries[0], r.args[0]); whole.MatchString(plan) {
				t.Errorf("%s reads a whole table:\n%s", what, plan)
			}
		}
	})
}

func planOf(t *testing.T, s *store.Store, query string, args []any) string {
	t.Helper()
	rows, err := s.DB().Query(t.Context(), query, args...)
	lines, err := store.Collect[string](rows, err)(func(r store.Row) (line string, err error) {
		if s.SQLite() == nil {
			return line, r.Scan(&line)
		}
		var id, parent, unused int
		return line, r.Scan(&id, &parent, &unused, &line)
	})
	check(t, err)
	return strings.Join(lines, "\n")
}
