package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// TestMachineThatIsNotDestroyedAtOnce goes with the end of its build, whether it was
// to be kept or not: the build did not fail.
func TestMachineThatIsNotDestroyedAtOnce(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := newRig(t, memory.Config{})
		var times atomic.Int32
		busy := func() error {
			if times.Add(1) == 2 { // the first one makes room for the machine
				return errors.New("the device is busy")
			}
			return nil
		}
		r.destroy.Store(&busy)
		r.available(r.start(order{keep: keep}))
		r.close() // returns when the build has
		if times.Load() != 3 {
			t.Errorf("it was tried %d times", times.Load())
		}
		r.peek(func(s *store.Store) {
			if all, err := store.Instances(context.Background(), s.DB(), hostID); err != nil || len(all) > 0 {
				t.Errorf("instances are left: %v, %v", all, err)
			}
		})
	}
}
