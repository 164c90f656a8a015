package access_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"ingot"
	"ingot/internal/access"
	"ingot/internal/store"
)

// model says who may use what in the plainest way: it knows who is in what, and walks
// upwards.
type model struct {
	parent map[string]string // of accounts and units
	images []store.AMI
	shared map[string][]store.Permission // by the id of an image
}

func (m *model) in(account, node string) bool {
	for at := m.parent[account]; at != ""; at = m.parent[at] {
		if at == node {
			return true
		}
	}
	return false
}

// reaches reports whether a permission is for an account, but for all alike.
func (m *model) reaches(p store.Permission, account string) bool {
	return p.UserID == account ||
		(p.OrganizationARN != "" && m.in(account, p.OrganizationARN)) ||
		(p.OrganizationalUnitARN != "" && m.in(account, p.OrganizationalUnitARN))
}

func (m *model) public(a store.AMI) bool {
	return a.Account == ingot.OwnerManaged || slices.Contains(m.shared[a.ID], store.Permission{Group: "all"})
}

func (m *model) sees(a store.AMI, account string) bool {
	if a.Staged {
		return false
	}
	return a.Account == account || m.public(a) || slices.ContainsFunc(m.shared[a.ID], func(p store.Permission) bool { return m.reaches(p, account) })
}

// executable is what ExecutableBy shows to the one who asks.
func (m *model) executable(a store.AMI, asks, by string) bool {
	switch {
	case !m.sees(a, asks):
		return false
	case by == "all":
		return m.public(a)
	case by == asks:
		return slices.ContainsFunc(m.shared[a.ID], func(p store.Permission) bool { return m.reaches(p, asks) })
	}
	return a.Account == asks && slices.Contains(m.shared[a.ID], store.Permission{UserID: by})
}

func (m *model) ids(pass func(store.AMI) bool) (all []string) {
	for _, a := range m.images {
		if pass(a) {
			all = append(all, a.ID)
		}
	}
	slices.Sort(all)
	return all
}

const (
	accounts      = 8
	organizations = 2
	units         = 5 // of each
	sets          = 200
)

func account(n int) string { return fmt.Sprintf("%012d", n) }

// grow makes trees: the units of an organization in one another, each account
// somewhere or nowhere.
func (m *model) grow(r *rand.Rand) {
	for o := range organizations {
		for u := range units {
			m.parent[unit(o, u)] = organization(o)
			if u > 0 && r.IntN(3) > 0 {
				m.parent[unit(o, u)] = unit(o, r.IntN(u))
			}
		}
	}
	for n := range accounts {
		m.parent[account(n)] = m.somewhere(r)
	}
}

func (m *model) somewhere(r *rand.Rand) string {
	o := r.IntN(organizations)
	switch r.IntN(6) {
	case 0:
		return ""
	case 1:
		return organization(o)
	}
	return unit(o, r.IntN(units))
}

// share makes a random set of permissions.
func (m *model) share(r *rand.Rand) (all []store.Permission) {
	for range r.IntN(4) {
		p := store.Permission{}
		switch o := r.IntN(organizations); r.IntN(8) {
		case 0:
			p.Group = "all"
		case 1:
			p.OrganizationARN = organization(o)
		case 2, 3, 4:
			p.OrganizationalUnitARN = unit(o, r.IntN(units))
		default:
			p.UserID = account(r.IntN(accounts))
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// write puts the model's trees and images into a store.
func (m *model) write(t *testing.T, s *store.Store, r *rand.Rand) {
	t.Helper()
	for o := range organizations {
		for u := range units {
			place(t, s, unit(o, u), m.parent[unit(o, u)])
		}
	}
	for n := range accounts {
		if p := m.parent[account(n)]; p != "" {
			place(t, s, account(n), p)
		}
	}
	for n := range sets {
		a := store.AMI{ID: id(n), Account: account(r.IntN(accounts)), Staged: r.IntN(10) == 0}
		if r.IntN(20) == 0 {
			a.Account = ingot.OwnerManaged
		} else {
			m.shared[a.ID] = m.share(r)
		}
		m.images = append(m.images, a)
		put(t, s, a, m.shared[a.ID]...)
	}
}

// TestRandomPermissions compares 200 random sets of permissions with the model, then
// moves accounts and units, and holds them again.
func TestRandomPermissions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		r := rand.New(rand.NewPCG(7, 11))
		m := &model{map[string]string{}, nil, map[string][]store.Permission{}}
		m.grow(r)
		m.write(t, s, r)
		m.hold(t, s)
		for range 10 {
			m.move(t, s, r)
		}
		m.hold(t, s)
	})
}

// move puts an account or unit elsewhere.
func (m *model) move(t *testing.T, s *store.Store, r *rand.Rand) {
	t.Helper()
	member := account(r.IntN(accounts))
	if r.IntN(2) == 0 {
		member = unit(r.IntN(organizations), r.IntN(units))
	}
	to := m.somewhere(r)
	switch {
	case to == "" && !slices.ContainsFunc(slices.Collect(maps.Values(m.parent)), func(p string) bool { return p == member }):
		check(t, s.Update(t.Context(), func(tx *store.Tx) error { return store.RemoveMember(t.Context(), tx, member) }))
	case to == "":
		return
	case to == member || m.in(to, member):
		if err := store.MoveMember(t.Context(), s.DB(), member, to); !errors.Is(err, store.ErrContains) {
			t.Errorf("%s into %s, which it contains: %v", member, to, err)
		}
		return
	default:
		place(t, s, member, to)
	}
	m.parent[member] = to
}

// hold compares every answer for every account.
func (m *model) hold(t *testing.T, s *store.Store) {
	t.Helper()
	for n := range accounts {
		who := account(n)
		m.same(t, s, who, access.Wanted{}, func(a store.AMI) bool { return m.sees(a, who) })
		for _, by := range []string{"all", who, account((n + 1) % accounts)} {
			m.same(t, s, who, access.Wanted{ExecutableBy: []string{by}}, func(a store.AMI) bool { return m.executable(a, who, by) })
		}
		for _, a := range m.images {
			_, g, err := access.May(t.Context(), s.DB(), access.BuildOn, who, region, a.ID)
			if (err == nil) != m.sees(a, who) || (err != nil && !errors.Is(err, access.ErrHidden)) {
				t.Errorf("%s builds on %s of %s, shared with %v: %s, %v", who, a.ID, a.Account, m.shared[a.ID], g, err)
			}
		}
	}
}

func (m *model) same(t *testing.T, s *store.Store, who string, w access.Wanted, pass func(store.AMI) bool) {
	t.Helper()
	all, err := access.List(t.Context(), s.DB(), who, region, w)
	check(t, err)
	var got []string
	for _, a := range all {
		got = append(got, a.ID)
		if a.Public != (a.Account != ingot.OwnerManaged && m.public(a)) {
			t.Errorf("%s is public: %v", a.ID, a.Public)
		}
	}
	slices.Sort(got)
	if want := m.ids(pass); !slices.Equal(got, want) {
		t.Errorf("%s, %+v: %v, want %v", who, w, got, want)
	}
}
