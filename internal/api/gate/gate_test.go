package gate_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ingot/internal/api/gate"
)

const grace = time.Second

// enter takes a place and fails the test if there is none.
func enter(t *testing.T, g *gate.Gate, giveUp func()) *gate.Place {
	t.Helper()
	p, err := g.Enter(t.Context(), giveUp)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOldestIsGivenUp lets newcomers take the places of those who have not shown who
// they are, the oldest first, after their grace and not before.
func TestOldestIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(3, grace)
		var gone []string
		name := func(s string) func() { return func() { gone = append(gone, s) } }
		held := enter(t, g, name("held"))
		if !held.Hold() {
			t.Error("the place was given up")
		}
		first := enter(t, g, name("first"))
		time.Sleep(grace / 2) // in the bubble's time
		second := enter(t, g, name("second"))
		began := time.Now()
		enter(t, g, name("third"))
		if waited := time.Since(began); waited != grace/2 {
			t.Errorf("the third waited %s", waited)
		}
		enter(t, g, name("fourth"))
		if len(gone) != 2 || gone[0] != "first" || gone[1] != "second" || first.Hold() || second.Hold() {
			t.Errorf("given up: %v", gone)
		}
		first.Leave() // what was given up is not given back again
		if g.Inside() != 3 {
			t.Errorf("%d are inside", g.Inside())
		}
		held.Release()
		time.Sleep(grace)
		enter(t, g, name("fifth"))
		enter(t, g, name("sixth"))
		enter(t, g, name("seventh"))
		if len(gone) != 5 || gone[4] != "held" || held.Hold() {
			t.Errorf("given up: %v", gone)
		}
	})
}

// TestHeldPlacesAreWaitedFor until the newcomer's time is over.
func TestHeldPlacesAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(1, grace)
		held := enter(t, g, func() { t.Error("it was given up") })
		held.Hold()
		ctx, stop := context.WithTimeout(t.Context(), 10*grace)
		defer stop()
		if _, err := g.Enter(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("entered: %v", err)
		}
		go func() {
			time.Sleep(3 * grace)
			held.Leave()
			held.Leave()
		}()
		began := time.Now()
		enter(t, g, nil)
		if waited := time.Since(began); waited != 3*grace || g.Inside() != 1 {
			t.Errorf("after %s %d are inside", waited, g.Inside())
		}
	})
}

// TestNeverMoreThanTheMost sends many through a small gate.
func TestNeverMoreThanTheMost(t *testing.T) {
	g := gate.New(4, time.Hour)
	var inside atomic.Int32
	done := make(chan bool)
	for range 100 {
		go func() {
			p, err := g.Enter(context.Background(), nil)
			if err == nil {
				p.Hold()
				if inside.Add(1) > 4 {
					t.Error("more than four are inside")
				}
				inside.Add(-1)
				p.Leave()
			}
			done <- err == nil
		}()
	}
	for range 100 {
		if !<-done {
			t.Error("one did not come in")
		}
	}
	if g.Inside() != 0 {
		t.Errorf("%d are inside", g.Inside())
	}
}

// TestNoPlace is as good as one that nobody wants.
func TestNoPlace(t *testing.T) {
	p := gate.From(t.Context())
	p.Release()
	p.Leave()
	if !p.Hold() {
		t.Error("no place was given up")
	}
	g := gate.New(1, grace)
	if q := enter(t, g, nil); gate.From(gate.With(t.Context(), q)) != q {
		t.Error("the context does not carry its place")
	}
}

// TestStrangersDoNotRenewTheirPlace has one that was never held released again and again,
// as a connection is by each request: a newcomer gets it after the grace.
func TestStrangersDoNotRenewTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(2, grace)
		gone := ""
		stranger := enter(t, g, func() { gone = "stranger" })
		known := enter(t, g, func() { gone = "known" })
		known.Hold()
		time.Sleep(grace - 1) // in the bubble's time
		known.Release()
		stranger.Release()
		enter(t, g, func() {})
		if gone != "stranger" {
			t.Errorf("the newcomer has the place of: %q", gone)
		}
		time.Sleep(grace - 2)
		known.Release()
		time.Sleep(1)
		enter(t, g, func() {})
		if gone == "known" {
			t.Error("one whose sender is known lost its place while it worked")
		}
	})
}
