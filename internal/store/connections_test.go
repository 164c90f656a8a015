package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"ingot/internal/store"
)

// TestConnectionsAreBoundedAndKept puts many readers and writers on a store: no more
// connections are opened than are kept, and none is opened twice.
func TestConnectionsAreBoundedAndKept(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			storm(t, s, 8*store.MaxConnections)
		}
		if db := s.SQLite(); db != nil {
			if n := db.Stats(); n.MaxOpenConnections != store.MaxConnections || n.OpenConnections > store.MaxConnections || n.MaxIdleClosed > 0 {
				t.Errorf("%+v", n)
			}
			return
		}
		if n := s.Pool().Stat(); n.MaxConns() != store.MaxConnections || n.NewConnsCount() > store.MaxConnections {
			t.Errorf("%d connections at most, %d were opened", n.MaxConns(), n.NewConnsCount())
		}
	})
}

// storm has n transactions that write and read beside their own connection, and n
// readers, at once.
func storm(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var all errgroup.Group
	for range n {
		all.Go(func() error {
			return s.Update(t.Context(), func(tx *store.Tx) error {
				if err := store.Lock(t.Context(), tx, "1", "r"); err != nil {
					return err
				}
				_, err := store.Keys(t.Context(), s.DB())
				return err
			})
		})
		all.Go(func() error {
			_, err := store.Keys(t.Context(), s.DB())
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
}

// TestWaitingWriterGivesUp lets the end of a request end its wait for another writer.
func TestWaitingWriterGivesUp(t *testing.T) {
	s := openSQLite(t, filepath.Join(t.TempDir(), "ingot.db"))
	err := s.Update(t.Context(), func(*store.Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Update(ctx, func(*store.Tx) error { return nil }); err == nil {
			t.Error("two transactions wrote at once")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFilesAreTheOwnersAlone looks at the modes of a new database, and of one that an
// earlier version had left open to others.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ingot.db")
	first := openSQLite(t, path)
	storm(t, first, 1)
	closed := func() {
		t.Helper()
		for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
			info, err := os.Stat(path + suffix)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("ingot.db%s has %v, %v", suffix, info.Mode(), err)
			}
		}
	}
	closed()
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Chmod(path+suffix, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	openSQLite(t, path)
	closed()
}
