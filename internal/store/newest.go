package store

import (
	"context"

	"ingot"
)

// findNewest marks the newest build of a's version and the newest of its name, after a
// build of them was inserted or deleted.
func findNewest(ctx context.Context, q Querier, account, region string, a ingot.ARN) error {
	table, name := "resources", `account = $1 AND region = $2 AND kind = $3 AND type = $4 AND slug = $5`
	if a.Kind == ingot.KindImage {
		table, name = "images", `account = $1 AND region = $2 AND 'image' = $3 AND '' = $4 AND slug = $5`
	}
	ofName := []any{account, region, string(a.Kind), a.Group, a.Slug}
	ofVersion := append(append([]any{}, ofName...), a.Version.Node(0), a.Version.Node(1), a.Version.Node(2))
	version := name + ` AND major = $6 AND minor = $7 AND patch = $8`
	for _, s := range []struct {
		text string
		args []any
	}{
		{`UPDATE ` + table + ` SET newest_build = 0 WHERE ` + version + ` AND newest_build = 1`, ofVersion},
		{`UPDATE ` + table + ` SET newest_build = 1 WHERE ` + version + ` AND build = (SELECT MAX(build) FROM ` + table + ` WHERE ` + version + `)`, ofVersion},
		{`UPDATE ` + table + ` SET newest_version = 0 WHERE ` + name + ` AND newest_version = 1`, ofName},
		{`UPDATE ` + table + ` SET newest_version = 1 WHERE ` + name + ` AND arn = (SELECT arn FROM ` + table + ` WHERE ` + name + `
			ORDER BY major DESC, minor DESC, patch DESC, build DESC LIMIT 1)`, ofName},
	} {
		if _, err := q.Exec(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}
