package step

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot"
	"ingot/internal/engine/call"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// TestParentIsAskedForAgain has what may have become of a parent image between the plan
// of a build and its launch.
func TestParentIsAskedForAgain(t *testing.T) {
	const builder, owner, region, id = "111122223333", "000000000000", "us-east-1", "ami-1"
	shared := store.Permission{UserID: builder}
	for name, open := range map[string]func() (*store.Store, error){
		"sqlite": func() (*store.Store, error) {
			return store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
		},
		"postgres": func() (*store.Store, error) { return store.OpenPostgres(t.Context(), storetest.Postgres(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			for _, c := range []struct {
				what    string
				account string // that owns the image, empty for one that was deregistered
				planned string // owner in the plan
				given   []store.Permission
				starts  bool
			}{
				{"shared", owner, owner, []store.Permission{shared}, true},
				{"shared no more", owner, owner, nil, false},
				{"shared with others", owner, owner, []store.Permission{{UserID: "222222222222"}}, false},
				{"deregistered by another", "", owner, nil, false},
				{"own", builder, builder, nil, true},
				{"own, deregistered", "", builder, nil, true},
				{"managed", ingot.OwnerManaged, ingot.OwnerManaged, nil, true},
				{"managed, deregistered", "", ingot.OwnerManaged, nil, true},
				{"planned before and shared", owner, "", []store.Permission{shared}, true},
				{"planned before and shared no more", owner, "", nil, false},
				{"planned before and deregistered", "", "", nil, true},
			} {
				for _, account := range []string{owner, builder, ingot.OwnerManaged} {
					if _, err := store.DeleteAMI(t.Context(), s.DB(), account, region, id); err != nil {
						t.Fatal(err)
					}
				}
				if c.account != "" {
					if err := store.PutAMI(t.Context(), s.DB(), store.AMI{Account: c.account, Region: region, ID: id, Created: store.Now()}); err != nil {
						t.Fatal(err)
					}
					if err := store.SetPermissions(t.Context(), s.DB(), c.account, region, id, c.given); err != nil {
						t.Fatal(err)
					}
				}
				of := &call.Call{Build: &call.Build{Store: s, Plan: &plan.Plan{Account: builder, Region: region, Parent: plan.Parent{AMI: id, Region: region, Owner: c.planned}}}}
				err := launchInstance{}.mayStart(t.Context(), of)
				if (err == nil) != c.starts || (err != nil && !strings.Contains(err.Error(), "InvalidAMIID.NotFound: The image id '[ami-1]' does not exist")) {
					t.Errorf("%s: %v", c.what, err)
				}
			}
		})
	}
}
