package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"ingot"
	"ingot/internal/store"
)

// BenchmarkPage reads pages of 25 out of 100,000 components on SQLite.
func BenchmarkPage(b *testing.B) {
	const batches, batch = 100, 1000
	s, err := store.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "ingot.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := range batches {
		if err := s.Update(b.Context(), func(tx *store.Tx) error { return insertMany(b, tx, i*batch, batch) }); err != nil {
			b.Fatal(err)
		}
	}
	for name, l := range map[string]store.List{
		"versions": {Fold: store.EachVersion},
		"middle":   {Fold: store.EachVersion, After: store.Position{Created: "050000"}},
		"name":     {Fold: store.EachVersion, Filters: []store.Filter{{Facet: "name", Values: []string{"web-77777"}}}},
		"platform": {Fold: store.EachVersion, Filters: []store.Filter{{Facet: "platform", Values: []string{"Linux"}}}},
	} {
		l.Account, l.Region, l.Kind, l.Limit = "1", "r", ingot.KindComponent, 25
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := store.Page(b.Context(), s.DB(), l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func insertMany(b *testing.B, q store.Querier, from, n int) error {
	for i := from; i < from+n; i++ {
		a, err := ingot.ParseARN(fmt.Sprintf("arn:aws:imagebuilder:r:1:component/web-%d/1.0.0/1", i))
		if err != nil {
			return err
		}
		if err := store.InsertResource(b.Context(), q, store.Resource{
			Account: "1", Region: "r", ARN: a, Name: a.Slug, Document: fmt.Sprintf(`{"name":%q,"platform":"Linux"}`, a.Slug), Created: fmt.Sprintf("%06d", i),
		}); err != nil {
			return err
		}
	}
	return nil
}
