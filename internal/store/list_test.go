package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"ingot"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

// addComponents inserts builds "name/version/build", each created a moment after the one
// before.
func addComponents(t *testing.T, s *store.Store, builds ...string) {
	t.Helper()
	for i, b := range builds {
		a := arn(t, "arn:aws:imagebuilder:r:1:component/"+b)
		document := fmt.Sprintf(`{"arn":%q,"name":%q,"platform":"Linux","supportedOsVersions":["Ubuntu 22","Debian 12"],"data":"long"}`, a, a.Slug)
		err := store.InsertResource(t.Context(), s.DB(), store.Resource{
			Account: "1", Region: "r", ARN: a, Name: a.Slug, Document: document, Created: fmt.Sprintf("2026-01-01T00:00:00.%03dZ", i),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// page reads one page.
func page(t *testing.T, s *store.Store, l store.List) (items []store.Listed, more bool) {
	t.Helper()
	items, more, err := store.Page(t.Context(), s.DB(), l)
	if err != nil {
		t.Fatal(err)
	}
	return items, more
}

// listed returns the names, versions and builds on the pages of a list.
func listed(t *testing.T, s *store.Store, l store.List) (builds []string) {
	t.Helper()
	l.Account, l.Region, l.Kind = "1", "r", ingot.KindComponent
	if l.Limit == 0 {
		l.Limit = 2
	}
	for {
		rows, more := page(t, s, l)
		for _, row := range rows {
			a := arn(t, row.ARN)
			builds = append(builds, a.Slug+"/"+a.BuildVersion())
			if strings.Contains(row.Summary, "long") || !strings.Contains(row.Summary, "Linux") {
				t.Errorf("the summary of %s is %s", a, row.Summary)
			}
		}
		if !more {
			return builds
		}
		l.After = rows[len(rows)-1].Position
	}
}

// TestLists reads lists page by page in all the ways that operations ask for.
func TestLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		addComponents(t, s, "web/1.0.0/1", "db/2.0.0/1", "web/1.10.0/1", "web/1.9.0/1", "web/1.0.0/2", "db/2.0.0/2")
		is := func(facet string, values ...string) []store.Filter {
			return []store.Filter{{Facet: facet, Values: values}}
		}
		version := func(text string) ingot.Version { return must(ingot.ParseVersion(text))(t) }
		for name, c := range map[string]struct {
			list store.List
			want string
		}{
			"builds":         {store.List{}, "web/1.0.0/1 db/2.0.0/1 web/1.10.0/1 web/1.9.0/1 web/1.0.0/2 db/2.0.0/2"},
			"newest first":   {store.List{NewestFirst: true}, "db/2.0.0/2 web/1.0.0/2 web/1.9.0/1 web/1.10.0/1 db/2.0.0/1 web/1.0.0/1"},
			"versions":       {store.List{Fold: store.EachVersion}, "web/1.10.0/1 web/1.9.0/1 web/1.0.0/2 db/2.0.0/2"},
			"names":          {store.List{Fold: store.EachName}, "web/1.10.0/1 db/2.0.0/2"},
			"of a version":   {store.List{Of: arn(t, "arn:aws:imagebuilder:r:1:component/web/1.0.0"), NewestFirst: true}, "web/1.0.0/2 web/1.0.0/1"},
			"by name":        {store.List{Filters: is("name", "db", "none")}, "db/2.0.0/1 db/2.0.0/2"},
			"by both":        {store.List{Fold: store.EachVersion, Filters: append(is("platform", "Linux"), is("name", "web")...)}, "web/1.10.0/1 web/1.9.0/1 web/1.0.0/2"},
			"by a prefix":    {store.List{Fold: store.EachName, Filters: []store.Filter{{Facet: "supportedOsVersion", Values: []string{"Ubuntu"}, Prefix: true}}}, "web/1.10.0/1 db/2.0.0/2"},
			"case":           {store.List{Filters: []store.Filter{{Facet: "supportedOsVersion", Values: []string{"ubuntu", "%"}, Prefix: true}}}, ""},
			"nothing":        {store.List{Filters: is("name")}, ""},
			"by a pattern":   {store.List{Versions: [][]ingot.Version{{version("1.x.x"), version("3.0.0")}}, Fold: store.EachVersion}, "web/1.10.0/1 web/1.9.0/1 web/1.0.0/2"},
			"by two":         {store.List{Versions: [][]ingot.Version{{version("1.x.x")}, {version("1.9.0")}}}, "web/1.9.0/1"},
			"by no version":  {store.List{Versions: [][]ingot.Version{{}}}, ""},
			"unknown filter": {store.List{Filters: is("status", "ACTIVE")}, "web/1.0.0/1 db/2.0.0/1 web/1.10.0/1 web/1.9.0/1 web/1.0.0/2 db/2.0.0/2"},
		} {
			if got := strings.Join(listed(t, s, c.list), " "); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
	})
}

// TestPagesStandStill adds and deletes between two pages: nothing else is seen twice or
// left out.
func TestPagesStandStill(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		addComponents(t, s, "a/1.0.0/1", "b/1.0.0/1", "c/1.0.0/1", "d/1.0.0/1")
		l := store.List{Account: "1", Region: "r", Kind: ingot.KindComponent, Limit: 2}
		first, _ := page(t, s, l)
		for _, a := range []string{"a/1.0.0/1", "b/1.0.0/1"} { // b is the last of the page
			must(store.DeleteResource(t.Context(), s.DB(), "1", "r", arn(t, "arn:aws:imagebuilder:r:1:component/"+a)))(t)
		}
		l.After = first[1].Position
		second, _ := page(t, s, l)
		if len(second) != 2 || arn(t, second[0].ARN).Slug != "c" || arn(t, second[1].ARN).Slug != "d" {
			t.Errorf("the second page is %+v", second)
		}
	})
}

// TestPagesAreBounded lists long items: pages have fewer, and none is left out.
func TestPagesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for i := range 5 {
			err := store.InsertResource(t.Context(), s.DB(), store.Resource{
				Account: "1", Region: "r", ARN: arn(t, fmt.Sprintf("arn:aws:imagebuilder:r:1:infrastructure-configuration/c-%d", i)), Name: "c",
				Document: fmt.Sprintf(`{"instanceTypes":[%q]}`, strings.Repeat("x", 100<<10+i%2*(200<<10))), Created: fmt.Sprint(i),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		l, more := store.List{Account: "1", Region: "r", Kind: ingot.KindInfrastructure, Limit: 25}, true
		var sizes []int
		for more {
			var items []store.Listed
			items, more = page(t, s, l)
			sizes, l.After = append(sizes, len(items)), items[len(items)-1].Position
		}
		if want := []int{1, 1, 1, 1, 1}; !slices.Equal(sizes, want) {
			t.Errorf("the pages have %v items, want %v", sizes, want)
		}
	})
}

// TestNewestFollowsDeletes deletes the newest builds: those before are shown again.
func TestNewestFollowsDeletes(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		addComponents(t, s, "web/1.0.0/1", "web/1.0.0/2", "web/2.0.0/1")
		for _, c := range []struct{ gone, versions, name string }{
			{"web/2.0.0/1", "web/1.0.0/2", "web/1.0.0/2"},
			{"web/1.0.0/2", "web/1.0.0/1", "web/1.0.0/1"},
			{"web/1.0.0/1", "", ""},
		} {
			must(store.DeleteResource(t.Context(), s.DB(), "1", "r", arn(t, "arn:aws:imagebuilder:r:1:component/"+c.gone)))(t)
			versions, names := listed(t, s, store.List{Fold: store.EachVersion}), listed(t, s, store.List{Fold: store.EachName})
			if strings.Join(versions, " ") != c.versions || strings.Join(names, " ") != c.name {
				t.Errorf("without %s: versions %v, names %v", c.gone, versions, names)
			}
		}
		if left := listed(t, s, store.List{Filters: []store.Filter{{Facet: "name", Values: []string{"web"}}}}); len(left) > 0 {
			t.Errorf("facets of %v are left", left)
		}
	})
}

// TestLongValuesAreFound filters by a text that no index takes as it is.
func TestLongValuesAreFound(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		long := ""
		for i := range 1024 {
			long += string(rune(0x4e00 + i*7)) // differs everywhere, so that it cannot be compressed
		}
		err := store.InsertResource(t.Context(), s.DB(), store.Resource{Account: "1", Region: "r", Name: "web", Created: "1",
			ARN: arn(t, "arn:aws:imagebuilder:r:1:component/web/1.0.0/1"), Document: fmt.Sprintf(`{"platform":"Linux","description":%q}`, long)})
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]int{long: 1, long[3:]: 0} {
			first := listed(t, s, store.List{Filters: []store.Filter{{Facet: "description", Values: []string{text}}}})
			second := listed(t, s, store.List{Filters: []store.Filter{{Facet: "platform", Values: []string{"Linux"}}, {Facet: "description", Values: []string{text}}}})
			if len(first) != want || len(second) != want {
				t.Errorf("found %v and %v, want %d", first, second, want)
			}
		}
	})
}

// TestNewestResource finds the newest build that a version or a pattern matches.
func TestNewestResource(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		addComponents(t, s, "web/1.2.0/1", "web/1.10.0/1", "web/1.10.0/2", "web/2.0.0/1", "website/9.0.0/1")
		for version, want := range map[string]string{"x.x.x": "2.0.0/1", "1.x.x": "1.10.0/2", "1.2.x": "1.2.0/1", "1.10.0": "1.10.0/2", "3.x.x": ""} {
			got := ""
			r, err := store.NewestResource(t.Context(), s.DB(), "1", "r", arn(t, "arn:aws:imagebuilder:r:1:component/web/"+version))
			if err == nil {
				got = r.ARN.BuildVersion()
			}
			if got != want || err != nil && !errors.Is(err, store.ErrNoRows) {
				t.Errorf("%s is %s, want %s: %v", version, got, want, err)
			}
		}
	})
}

// TestReferences finds what a recipe names, whatever the version, and forgets it with the
// recipe.
func TestReferences(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		recipe := func(version, component string) store.Resource {
			return store.Resource{Account: "1", Region: "r", Name: "web", Created: store.Now(), ARN: arn(t, "arn:aws:imagebuilder:r:1:image-recipe/web/"+version),
				Document: `{"parentImage":"ami-1","components":[{"componentArn":"` + component + `"}]}`}
		}
		const pattern, exact = "arn:aws:imagebuilder:r:1:component/web/1.x.x", "arn:aws:imagebuilder:r:1:component/web/1.0.0/1"
		for version, component := range map[string]string{"1.0.0": pattern, "1.0.1": exact, "1.0.2": exact, "2.0.0": "arn:aws:imagebuilder:r:1:component/website/1.0.0/1"} {
			if err := store.InsertResource(t.Context(), s.DB(), recipe(version, component)); err != nil {
				t.Fatal(err)
			}
		}
		made := func() (all []string) {
			for _, r := range must(store.References(t.Context(), s.DB(), "r", arn(t, exact)))(t) {
				all = append(all, r.Text+" by "+arn(t, r.From).Version.String())
			}
			return all
		}
		if got, want := made(), []string{exact + " by 1.0.1", pattern + " by 1.0.0"}; !slices.Equal(got, want) {
			t.Errorf("references are %q, want %q", got, want)
		}
		must(store.DeleteResource(t.Context(), s.DB(), "1", "r", recipe("1.0.0", "").ARN))(t)
		err := store.SetDocument(t.Context(), s.DB(), "1", "r", recipe("1.0.1", "").ARN.String(), func(string) (string, error) { return "{}", nil })
		if err != nil {
			t.Fatal(err)
		}
		if got, want := made(), []string{exact + " by 1.0.2"}; !slices.Equal(got, want) {
			t.Errorf("references are %q, want %q", got, want)
		}
	})
}

// TestPagesAreLookedUp asks SQLite how it reads pages: from an index, in its order.
func TestPagesAreLookedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ingot.db")
	openSQLite(t, path)
	db := must(sql.Open("sqlite", path))(t)
	defer db.Close()
	name := []store.Filter{{Facet: "name", Values: []string{"web"}}}
	for what, l := range map[string]store.List{
		"builds":                {},
		"versions":              {Fold: store.EachVersion},
		"names":                 {Fold: store.EachName},
		"newest first":          {NewestFirst: true},
		"the second page":       {Fold: store.EachVersion, After: store.Position{Created: "x", ARN: "y"}},
		"by name":               {Fold: store.EachVersion, Filters: name},
		"by name, second page":  {Fold: store.EachName, Filters: name, After: store.Position{Created: "x", ARN: "y"}},
		"by two":                {Filters: append(name, store.Filter{Facet: "platform", Values: []string{"Linux"}})},
		"images of a pipeline":  {Kind: ingot.KindImage, Pipeline: "p", NewestFirst: true},
		"versions of images":    {Kind: ingot.KindImage, Fold: store.EachVersion},
		"images by name":        {Kind: ingot.KindImage, Fold: store.EachVersion, Filters: name},
		"builds of one version": {Of: arn(t, "arn:aws:imagebuilder:r:1:component/web/1.0.0")},
	} {
		l.Account, l.Region, l.Limit = "1", "r", 25
		if l.Kind == "" {
			l.Kind = ingot.KindComponent
		}
		text, args := store.PageSQL(l)
		plan := explain(t, db, text, args)
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") || what == "builds of one version" && !strings.Contains(plan, "slug=?") {
			t.Errorf("%s:\n%s\n%s", what, text, plan)
		}
	}
}

func explain(t *testing.T, db *sql.DB, text string, args []any) (plan string) {
	t.Helper()
	rows := must(db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...))(t)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestOldRowsAreListed opens a database of the release before, whose rows no list can read
// as they are.
func TestOldRowsAreListed(t *testing.T) {
	fill := func(db *sql.DB) {
		for i, b := range []string{"web/1.0.0/1", "web/1.0.0/2", "web/2.0.0/1"} {
			a := arn(t, "arn:aws:imagebuilder:r:1:component/"+b)
			if _, err := db.ExecContext(t.Context(), `INSERT INTO resources
				(account, region, kind, arn, type, slug, major, minor, patch, build, name, fingerprint, document, created)
				VALUES ('1', 'r', 'component', $1, '', 'web', $2, 0, 0, $3, 'web', '', '{"name":"web","platform":"Linux","data":"long"}', $4)`,
				a.String(), a.Version.Node(0), a.Build, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), `INSERT INTO images
				(account, region, arn, slug, major, minor, patch, build, pipeline, status, document, created)
				VALUES ('1', 'r', $1, 'web', $2, 0, 0, $3, 'p', 'AVAILABLE', '{"name":"web"}', $4)`,
				strings.Replace(a.String(), ":component/", ":image/", 1), a.Version.Node(0), a.Build, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO resources
			(account, region, kind, arn, type, slug, major, minor, patch, build, name, fingerprint, document, created)
			VALUES ('1', 'r', 'image-recipe', 'arn:aws:imagebuilder:r:1:image-recipe/web/1.0.0', '', 'web', 1, 0, 0, 0, 'web', '',
			'{"components":[{"componentArn":"arn:aws:imagebuilder:r:1:component/web/x.x.x"}]}', '1')`); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s *store.Store) {
		if got := listed(t, s, store.List{Fold: store.EachVersion}); !slices.Equal(got, []string{"web/1.0.0/2", "web/2.0.0/1"}) {
			t.Errorf("versions are %v", got)
		}
		if got := listed(t, s, store.List{Fold: store.EachName, Filters: []store.Filter{{Facet: "name", Values: []string{"web"}}}}); !slices.Equal(got, []string{"web/2.0.0/1"}) {
			t.Errorf("names are %v", got)
		}
		images, _ := page(t, s, store.List{Account: "1", Region: "r", Kind: ingot.KindImage, Fold: store.EachVersion, Limit: 9})
		if len(images) != 2 || images[1].Status != "AVAILABLE" || !strings.Contains(images[1].Summary, "web") {
			t.Errorf("images are %+v", images)
		}
		if all := must(store.References(t.Context(), s.DB(), "r", arn(t, "arn:aws:imagebuilder:r:1:component/web/1.0.0/1")))(t); len(all) != 1 {
			t.Errorf("references are %v", all)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ingot.db")
		fill(before(t, goose.DialectSQLite3, "sqlite", path))
		check(openSQLite(t, path))
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := storetest.Postgres(t)
		fill(before(t, goose.DialectPostgres, "pgx", dsn))
		s := must(store.OpenPostgres(t.Context(), dsn))(t)
		defer s.Close()
		check(s)
	})
}
