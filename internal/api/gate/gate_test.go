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

// acquire takes a slot and fails the test if there is none.
func acquire(t *testing.T, g *gate.Gate, giveUp func()) *gate.Slot {
	t.Helper()
	p, err := g.Acquire(t.Context(), giveUp)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOldestIsGivenUp takes idle slots away when others wait, the oldest first, after
// their grace and not before.
func TestOldestIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(3, grace)
		var gone []string
		name := func(s string) func() { return func() { gone = append(gone, s) } }
		held := acquire(t, g, name("held"))
		if !held.Hold() {
			t.Error("the slot was taken away")
		}
		first := acquire(t, g, name("first"))
		time.Sleep(grace / 2) // in the bubble's time
		second := acquire(t, g, name("second"))
		began := time.Now()
		acquire(t, g, name("third"))
		if waited := time.Since(began); waited != grace/2 {
			t.Errorf("the third waited %s", waited)
		}
		acquire(t, g, name("fourth"))
		if len(gone) != 2 || gone[0] != "first" || gone[1] != "second" || first.Hold() || second.Hold() {
			t.Errorf("taken away: %v", gone)
		}
		first.Release() // a slot that was taken away is not returned twice
		if g.InUse() != 3 {
			t.Errorf("%d slots are in use", g.InUse())
		}
		held.Idle()
		time.Sleep(grace)
		acquire(t, g, name("fifth"))
		acquire(t, g, name("sixth"))
		acquire(t, g, name("seventh"))
		if len(gone) != 5 || gone[4] != "held" || held.Hold() {
			t.Errorf("taken away: %v", gone)
		}
	})
}

// TestHeldSlotsAreWaitedFor until the time of the caller that waits is over.
func TestHeldSlotsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(1, grace)
		held := acquire(t, g, func() { t.Error("it was taken away") })
		held.Hold()
		ctx, stop := context.WithTimeout(t.Context(), 10*grace)
		defer stop()
		if _, err := g.Acquire(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("acquired: %v", err)
		}
		go func() {
			time.Sleep(3 * grace)
			held.Release()
			held.Release()
		}()
		began := time.Now()
		acquire(t, g, nil)
		if waited := time.Since(began); waited != 3*grace || g.InUse() != 1 {
			t.Errorf("after %s %d slots are in use", waited, g.InUse())
		}
	})
}

// TestNeverMoreThanTheMost acquires many slots of a small gate at the same time.
func TestNeverMoreThanTheMost(t *testing.T) {
	g := gate.New(4, time.Hour)
	var inside atomic.Int32
	done := make(chan bool)
	for range 100 {
		go func() {
			p, err := g.Acquire(context.Background(), nil)
			if err == nil {
				p.Hold()
				if inside.Add(1) > 4 {
					t.Error("more than four slots are in use")
				}
				inside.Add(-1)
				p.Release()
			}
			done <- err == nil
		}()
	}
	for range 100 {
		if !<-done {
			t.Error("one got no slot")
		}
	}
	if g.InUse() != 0 {
		t.Errorf("%d slots are in use", g.InUse())
	}
}

// TestNilSlot calls the methods of no slot, which is never taken away.
func TestNilSlot(t *testing.T) {
	p := gate.From(t.Context())
	p.Idle()
	p.Release()
	if !p.Hold() {
		t.Error("no slot was taken away")
	}
	g := gate.New(1, grace)
	if q := acquire(t, g, nil); gate.From(gate.With(t.Context(), q)) != q {
		t.Error("the context does not carry its slot")
	}
}

// TestStrangersDoNotRenewTheirSlot has one that was never held released again and again,
// as a connection is by each request: a newcomer gets it after the grace.
func TestStrangersDoNotRenewTheirSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(2, grace)
		gone := ""
		stranger := acquire(t, g, func() { gone = "stranger" })
		known := acquire(t, g, func() { gone = "known" })
		known.Hold()
		time.Sleep(grace - 1) // in the bubble's time
		known.Idle()
		stranger.Idle()
		acquire(t, g, func() {})
		if gone != "stranger" {
			t.Errorf("the newcomer has the slot of: %q", gone)
		}
		time.Sleep(grace - 2)
		known.Idle()
		time.Sleep(time.Nanosecond)
		acquire(t, g, func() {})
		if gone == "known" {
			t.Error("one whose sender is known lost its slot while it worked")
		}
	})
}
