package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ingot/internal/store"
)

// stage writes a staged machine image.
func stage(t *testing.T, s *store.Store, account, region, id, name string) store.AMI {
	t.Helper()
	a := store.AMI{Account: account, Region: region, ID: id, Name: name, ImageARN: "i-" + id, Created: store.Now(), Staged: true}
	if err := store.PutAMI(t.Context(), s.DB(), a); err != nil {
		t.Fatal(err)
	}
	return a
}

func publish(t *testing.T, s *store.Store, all ...store.AMI) error {
	return s.Update(t.Context(), func(tx *store.Tx) error { return store.PublishAMIs(t.Context(), tx, all) })
}

// TestOneNameIsPublishedOnce has many publish an image of one name at the same time.
func TestOneNameIsPublishedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for round := range 5 {
			name := fmt.Sprintf("web %d", round)
			var all []store.AMI
			for n := range 8 {
				all = append(all, stage(t, s, "1", "r", fmt.Sprintf("ami-%d-%d", round, n), name))
			}
			faults := make([]error, len(all))
			var wg sync.WaitGroup
			for n, a := range all {
				wg.Go(func() { faults[n] = publish(t, s, a) })
			}
			wg.Wait()
			winner := must(store.AMINamed(t.Context(), s.DB(), "1", "r", name))(t)
			for n, a := range all {
				taken, ok := errors.AsType[*store.NameTaken](faults[n])
				if a.ID == winner && faults[n] == nil {
					continue
				}
				if !ok || taken.By != winner || taken.Name != name || taken.Region != "r" {
					t.Errorf("%s, where %s has the name: %v", a.ID, winner, faults[n])
				}
			}
		}
	})
}

// TestPublishAllOrNone publishes an image in two regions, in one of which its name is
// taken; the transaction goes on.
func TestPublishAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		if err := publish(t, s, stage(t, s, "1", "r2", "ami-0", "web")); err != nil {
			t.Fatal(err)
		}
		pair := []store.AMI{stage(t, s, "1", "r2", "ami-2", "web"), stage(t, s, "1", "r1", "ami-1", "web")}
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			err := store.PublishAMIs(t.Context(), tx, pair)
			if err == nil || !strings.Contains(err.Error(), "AMI name 'web' is already in use by ami-0 in r2") {
				t.Errorf("the second: %v", err)
			}
			_, err = store.DeleteAMI(t.Context(), tx, "1", "r2", "ami-2")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := must(store.AMIByID(t.Context(), s.DB(), "r1", "ami-1"))(t); !a.Staged {
			t.Error("the other region's image is published")
		}
		for _, a := range []store.AMI{stage(t, s, "2", "r2", "ami-3", "web"), pair[1]} { // another account, another region
			if err := publish(t, s, a); err != nil {
				t.Errorf("%s: %v", a.ID, err)
			}
		}
		if err := store.PutAMI(t.Context(), s.DB(), store.AMI{Account: "1", Region: "r2", ID: "ami-4", Name: "web", Created: store.Now()}); !errors.Is(err, store.ErrExists) {
			t.Errorf("entered under a name that is taken: %v", err)
		}
	})
}
