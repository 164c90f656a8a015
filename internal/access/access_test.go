package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ingot"
	"ingot/internal/access"
	"ingot/internal/store"
)

// TestReasons has one image for each reason, of which the strongest is returned.
func TestReasons(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		place(t, s, unit(1, 1), organization(1))
		place(t, s, unit(1, 2), unit(1, 1))
		place(t, s, friend, unit(1, 2))
		everybody, self := store.Permission{Group: "all"}, store.Permission{UserID: friend}
		whole, outer, inner := store.Permission{OrganizationARN: organization(1)}, store.Permission{OrganizationalUnitARN: unit(1, 1)}, store.Permission{OrganizationalUnitARN: unit(1, 2)}
		for n, c := range []struct {
			account string
			given   []store.Permission
			want    access.Reason
			text    string
		}{
			{friend, []store.Permission{everybody, self}, access.Owner, "owns it"},
			{ingot.OwnerManaged, nil, access.Managed, "it is managed by Ingot"},
			{owner, []store.Permission{everybody, whole, self, outer, inner}, access.Account, "it is shared with this account"},
			{owner, []store.Permission{everybody, whole, outer, inner}, access.Unit, "the organizational unit " + unit(1, 2) + ", which contains this account"},
			{owner, []store.Permission{everybody, whole, outer}, access.Unit, "the organizational unit " + unit(1, 1) + ", which contains this account by way of " + unit(1, 2)},
			{owner, []store.Permission{everybody, whole}, access.Organization, "the organization " + organization(1) + ", which contains this account by way of " + unit(1, 2) + ", " + unit(1, 1)},
			{owner, []store.Permission{everybody, {UserID: other}}, access.Public, "it is public"},
		} {
			put(t, s, store.AMI{Account: c.account, ID: id(n)}, c.given...)
			a, g, err := access.May(t.Context(), s.DB(), access.Launch, friend, region, id(n))
			if err != nil || a.ID != id(n) || g.Reason != c.want || !strings.HasSuffix(g.String(), c.text) {
				t.Errorf("%d: %+v, %v, want %s", n, g, err, c.want)
			}
		}
	})
}

// TestHidden are the images that are as good as absent, and what differs from them by
// one thing.
func TestHidden(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		place(t, s, unit(1, 1), organization(1))
		place(t, s, unit(1, 2), organization(1))
		place(t, s, friend, unit(1, 1))
		put(t, s, store.AMI{Account: owner, ID: id(1)})
		put(t, s, store.AMI{Account: owner, ID: id(2)}, store.Permission{UserID: other}, store.Permission{OrganizationalUnitARN: unit(1, 2)}, store.Permission{OrganizationARN: organization(2)})
		put(t, s, store.AMI{Account: owner, ID: id(3), Staged: true}, store.Permission{UserID: friend})
		put(t, s, store.AMI{Account: owner, ID: id(4), Region: "eu-west-1"}, store.Permission{UserID: friend})
		put(t, s, store.AMI{Account: friend, ID: id(5), Staged: true})
		for n := 1; n <= 6; n++ {
			for _, act := range []access.Act{access.See, access.Launch, access.BuildOn, access.Pull} {
				if a, g, err := access.May(t.Context(), s.DB(), act, friend, region, id(n)); !errors.Is(err, access.ErrHidden) || a.ID != "" || g.Reason != "" {
					t.Errorf("%s %d: %+v, %+v, %v", act, n, a, g, err)
				}
			}
		}
		if all, err := access.List(t.Context(), s.DB(), friend, region, access.Wanted{}); err != nil || len(all) > 0 {
			t.Errorf("the list has %v, %v", all, err)
		}
	})
}

// TestPull checks that owners may have the bytes, and all accounts those of managed images.
func TestPull(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		put(t, s, store.AMI{Account: owner, ID: id(1)}, store.Permission{UserID: friend}, store.Permission{Group: "all"})
		put(t, s, store.AMI{Account: ingot.OwnerManaged, ID: id(2)})
		for _, c := range []struct {
			account string
			n       int
			want    error
		}{{owner, 1, nil}, {friend, 1, access.ErrStorage}, {other, 1, access.ErrStorage}, {friend, 2, nil}} {
			if _, _, err := access.May(t.Context(), s.DB(), access.Pull, c.account, region, id(c.n)); !errors.Is(err, c.want) {
				t.Errorf("%s pulls %d: %v, want %v", c.account, c.n, err, c.want)
			}
		}
	})
}

// TestMoves follows an account and a unit through the tree.
func TestMoves(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, m := range [][2]string{{unit(1, 1), organization(1)}, {unit(1, 2), organization(1)}, {unit(1, 3), unit(1, 1)}, {friend, unit(1, 3)}} {
			place(t, s, m[0], m[1])
		}
		put(t, s, store.AMI{Account: owner, ID: id(1)}, store.Permission{OrganizationalUnitARN: unit(1, 1)})
		put(t, s, store.AMI{Account: owner, ID: id(2)}, store.Permission{OrganizationalUnitARN: unit(1, 2)})
		put(t, s, store.AMI{Account: owner, ID: id(3)}, store.Permission{OrganizationARN: organization(1)})
		holds := func(what string, want ...string) {
			t.Helper()
			var got []string
			all, err := access.List(t.Context(), s.DB(), friend, region, access.Wanted{})
			check(t, err)
			for _, a := range all {
				got = append(got, a.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		holds("at first", id(1), id(3))
		place(t, s, unit(1, 3), unit(1, 2))
		holds("its unit moved", id(2), id(3))
		place(t, s, friend, organization(1))
		holds("it left the unit", id(3))
		place(t, s, friend, unit(1, 1))
		holds("it entered another", id(1), id(3))
		check(t, store.RemoveMember(t.Context(), s.DB(), friend))
		holds("it left the organization")
	})
}

func TestTreesHaveNoCircles(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		place(t, s, unit(1, 1), organization(1))
		place(t, s, unit(1, 2), unit(1, 1))
		for _, to := range []string{unit(1, 1), unit(1, 2)} {
			if err := store.MoveMember(t.Context(), s.DB(), unit(1, 1), to); !errors.Is(err, store.ErrContains) {
				t.Errorf("into %s: %v", to, err)
			}
		}
		if err := store.RemoveMember(t.Context(), s.DB(), unit(1, 1)); !errors.Is(err, store.ErrContains) {
			t.Errorf("removed with what it contains: %v", err)
		}
	})
}

// TestExecutableByTellsNothing asks by whom images are executable as one who sees
// them without owning them.
func TestExecutableByTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		put(t, s, store.AMI{Account: owner, ID: id(1)}, store.Permission{UserID: friend}, store.Permission{UserID: other})
		put(t, s, store.AMI{Account: owner, ID: id(2)}, store.Permission{Group: "all"}, store.Permission{UserID: friend})
		for _, c := range []struct {
			account, by string
			want        int
		}{{other, friend, 0}, {other, owner, 0}, {owner, friend, 2}, {owner, other, 1}, {friend, friend, 2}, {other, other, 1}, {other, "all", 1}, {owner, owner, 0}} {
			all, err := access.List(t.Context(), s.DB(), c.account, region, access.Wanted{ExecutableBy: []string{c.by}})
			if err != nil || len(all) != c.want {
				t.Errorf("%s asks for what is executable by %s: %d images, %v, want %d", c.account, c.by, len(all), err, c.want)
			}
		}
	})
}

func TestWho(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		place(t, s, unit(1, 1), organization(1))
		place(t, s, friend, unit(1, 1))
		place(t, s, other, organization(1))
		a := store.AMI{Account: owner, ID: id(1)}
		put(t, s, a, store.Permission{OrganizationalUnitARN: unit(1, 1)}, store.Permission{OrganizationARN: organization(1)}, store.Permission{UserID: other}, store.Permission{Group: "all"})
		a.Region = region
		got, err := access.Who(t.Context(), s.DB(), a)
		check(t, err)
		want := []access.Holder{
			{Name: owner, Reason: access.Owner}, {Name: other, Reason: access.Account}, {Name: "all", Reason: access.Public},
			{Name: organization(1), Reason: access.Organization, Accounts: []string{friend, other}},
			{Name: unit(1, 1), Reason: access.Unit, Accounts: []string{friend}},
		}
		if !slices.EqualFunc(got, want, func(a, b access.Holder) bool {
			return a.Name == b.Name && a.Reason == b.Reason && slices.Equal(a.Accounts, b.Accounts)
		}) {
			t.Errorf("got %+v", got)
		}
		managed, err := access.Who(t.Context(), s.DB(), store.AMI{Account: ingot.OwnerManaged})
		if err != nil || len(managed) != 1 || managed[0].Reason != access.Managed {
			t.Errorf("of a managed image: %+v, %v", managed, err)
		}
	})
}

// TestGoneWithTheImage gives an image no shares that an earlier one of its id had.
func TestGoneWithTheImage(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		a := store.AMI{Account: owner, ID: id(1)}
		put(t, s, a, store.Permission{UserID: friend})
		if gone, err := store.DeleteAMI(t.Context(), s.DB(), owner, region, id(1)); err != nil || !gone {
			t.Fatal(gone, err)
		}
		put(t, s, a)
		if _, _, err := access.May(t.Context(), s.DB(), access.See, friend, region, id(1)); !errors.Is(err, access.ErrHidden) {
			t.Errorf("the share has outlived its image: %v", err)
		}
	})
}
