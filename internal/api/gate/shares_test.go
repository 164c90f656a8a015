package gate_test

import (
	"context"
	"testing"
	"testing/synctest"

	"ingot/internal/api/gate"
)

// TestAnAccountHasItsShare has one account wait for its own slots while another finds
// room.
func TestAnAccountHasItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gate.NewShares(2)
		take := func(account string) func() {
			giveBack, err := s.Acquire(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			return giveBack
		}
		first := take("1")
		defer take("1")()
		defer take("2")()

		over, stop := context.WithCancel(t.Context())
		stop()
		if _, err := s.Acquire(over, "1"); err == nil {
			t.Error("an account holds more than its share")
		}
		got := make(chan func())
		go func() { got <- take("1") }()
		synctest.Wait()
		select {
		case <-got:
			t.Error("a third slot was given while two were held")
		default:
		}
		first()
		first() // gives back once
		(<-got)()
	})
}
