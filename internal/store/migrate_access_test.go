package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"

	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

// before makes a database as the release before left it.
func before(t *testing.T, dialect goose.Dialect, driver, name string) *sql.DB {
	t.Helper()
	db := must(sql.Open(driver, name))(t)
	t.Cleanup(func() { _ = db.Close() })
	p := must(goose.NewProvider(dialect, db, os.DirFS("migrations")))(t)
	must(p.UpTo(t.Context(), 5))(t)
	return db
}

// TestOldPermissionsBecomeRows opens a database of the release before with shared
// images in it, two of them by one name.
func TestOldPermissionsBecomeRows(t *testing.T) {
	const unit = "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-abcdefgh"
	for _, c := range []struct {
		name string
		fill func(t *testing.T, insert func(*sql.DB)) *store.Store
	}{
		{"sqlite", func(t *testing.T, insert func(*sql.DB)) *store.Store {
			path := filepath.Join(t.TempDir(), "ingot.db")
			insert(before(t, goose.DialectSQLite3, "sqlite", path))
			return openSQLite(t, path)
		}},
		{"postgres", func(t *testing.T, insert func(*sql.DB)) *store.Store {
			dsn := storetest.Postgres(t)
			insert(before(t, goose.DialectPostgres, "pgx", dsn))
			s := must(store.OpenPostgres(t.Context(), dsn))(t)
			t.Cleanup(func() { _ = s.Close() })
			return s
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			long := strings.Repeat("ä", 128)
			s := c.fill(t, func(db *sql.DB) {
				for n, row := range []struct{ name, permissions string }{
					{"web", `[]`},
					{"shared", `[{"userId":"111122223333"},{"group":"all"},{"organizationArn":"arn:aws:organizations::111122223333:organization/o-abcdefghij"},{"organizationalUnitArn":"` + unit + `"}]`},
					{"web", `[{"userId":"111122223333"},{"organizationalUnitArn":"` + unit + `/and more"}]`},
					{long, `[]`}, {long, `[]`},
				} {
					_, err := db.ExecContext(t.Context(), `INSERT INTO amis (account, region, id, name, image_arn, digest, staged, document, permissions, created)
						VALUES ('1', 'r', $1, $2, 'i', 'd', 0, $3, $4, $5)`, fmt.Sprintf("ami-%d", n+1), row.name,
						fmt.Sprintf(`{"account":"1","region":"r","id":"ami-%d","name":%q,"size":5}`, n+1, row.name), row.permissions, fmt.Sprint(n))
					if err != nil {
						t.Fatal(err)
					}
				}
			})
			for id, want := range map[string][]store.Permission{
				"ami-1": {},
				"ami-2": {{UserID: "111122223333"}, {Group: "all"}, {OrganizationARN: "arn:aws:organizations::111122223333:organization/o-abcdefghij"}, {OrganizationalUnitARN: unit}},
				"ami-3": {{UserID: "111122223333"}},
			} {
				if got := must(store.Permissions(t.Context(), s.DB(), "1", "r", id))(t); !slices.Equal(got, want) {
					t.Errorf("%s is shared with %v, want %v", id, got, want)
				}
			}
			all := must(store.AMIsWhere(t.Context(), s.DB(), "region = $1", "r"))(t)
			if len(all) != 5 || all[0].Name != "web" || all[2].Name != "web ami-3" || all[2].Size != 5 || all[4].Name != strings.Repeat("ä", 122)+" ami-5" {
				t.Errorf("the images are %+v", all)
			}
			if !all[1].Public || all[2].Public {
				t.Error("what is public has changed")
			}
		})
	}
}

// TestPermissionsAreOfOneKind refuses a permission without a principal or with two.
func TestPermissionsAreOfOneKind(t *testing.T) {
	for _, p := range []store.Permission{
		{}, {UserID: "all"}, {Group: "111122223333"}, {Group: "some"}, {UserID: "111122223333", Group: "all"}, {UserID: "1"},
		{OrganizationARN: "o-abcdefghij"}, {OrganizationalUnitARN: "ou-ab12-abcdefgh"},
		{OrganizationalUnitARN: "arn:aws:organizations::111122223333:organization/o-abcdefghij"},
		{OrganizationalUnitARN: "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-abcdefgh/more"},
	} {
		if name, err := p.Principal(); err == nil {
			t.Errorf("%+v is for %s", p, name)
		}
	}
}
