package access_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const (
	region = "us-east-1"
	owner  = "000000000000"
	friend = "111111111111"
	other  = "222222222222"
)

// each runs a test on every database, with an empty store.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
		test(t, opened(t, s, err))
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
		test(t, opened(t, s, err))
	})
}

func opened(t *testing.T, s *store.Store, err error) *store.Store {
	t.Helper()
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func id(n int) string { return fmt.Sprintf("ami-%017x", n) }

func organization(n int) string {
	return fmt.Sprintf("arn:aws:organizations::999999999999:organization/o-aaaaaaaaa%d", n)
}

func unit(organization, n int) string {
	return fmt.Sprintf("arn:aws:organizations::999999999999:ou/o-aaaaaaaaa%d/ou-ab12-%08d", organization, n)
}

// put writes an image with its permissions.
func put(t *testing.T, s *store.Store, a store.AMI, permissions ...store.Permission) {
	t.Helper()
	if a.Name == "" {
		a.Name = a.ID
	}
	if a.Region == "" {
		a.Region = region
	}
	if a.Created == "" {
		a.Created = "2026-11-24T00:00:00.000Z"
	}
	check(t, s.Update(t.Context(), func(tx *store.Tx) error {
		if err := store.PutAMI(t.Context(), tx, a); err != nil {
			return err
		}
		return store.SetPermissions(t.Context(), tx, a.Account, a.Region, a.ID, permissions)
	}))
}

func place(t *testing.T, s *store.Store, member, parent string) {
	t.Helper()
	check(t, s.Update(t.Context(), func(tx *store.Tx) error { return store.MoveMember(t.Context(), tx, member, parent) }))
}
