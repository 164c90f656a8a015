package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

// databases are what the one SQL text must be true on.
var databases = []struct {
	name string
	open func(t *testing.T) *store.Store
}{
	{"sqlite", func(t *testing.T) *store.Store { return openSQLite(t, filepath.Join(t.TempDir(), "ingot.db")) }},
	{"postgres", openPostgres},
}

// each runs a test on every database, with an empty store.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { test(t, d.open(t)) })
	}
}

func openSQLite(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openPostgres(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestOpenedAtOnce has many open a database that has no schema yet.
func TestOpenedAtOnce(t *testing.T) {
	path, dsn := filepath.Join(t.TempDir(), "ingot.db"), storetest.Postgres(t)
	for name, open := range map[string]func(context.Context) (*store.Store, error){
		"sqlite":   func(ctx context.Context) (*store.Store, error) { return store.OpenSQLite(ctx, path) },
		"postgres": func(ctx context.Context) (*store.Store, error) { return store.OpenPostgres(ctx, dsn) },
	} {
		t.Run(name, func(t *testing.T) {
			var all errgroup.Group
			for range 8 {
				all.Go(func() error {
					s, err := open(t.Context())
					if err != nil {
						return err
					}
					return s.Close()
				})
			}
			if err := all.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// must fails the test on an error, so that calls nest.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
