package engine_test

import (
	"strings"
	"testing"
	"time"

	"ingot/internal/engine/prune"
	"ingot/internal/machine/memory"
)

// TestNodeIsPrunedAfterItWasChosen has another process remove the nodes that a build
// chose, before the build records that: the build chooses again.
func TestNodeIsPrunedAfterItWasChosen(t *testing.T) {
	r := newRig(t, memory.Config{})
	components := []string{r.component(account, "one", "1.0.0", document("one")), r.component(account, "two", "1.0.0", document("two"))}
	r.available(r.start(order{components: components}))
	chosen := func() {
		r.chosen.Store(nil)
		removed, err := prune.Run(t.Context(), prune.Config{Store: r.store, Host: hostID, Nodes: r.folder("nodes"), Regions: r.regions(), Unused: -time.Hour})
		if err != nil || removed.Nodes != 2 {
			t.Errorf("%+v, %v", removed, err)
		}
	}
	r.chosen.Store(&chosen)
	second := r.start(order{components: components})
	r.available(second)
	if provenance, _ := r.decisions(second); provenance != "clean" || !strings.Contains(r.log(second), "removed meanwhile; choosing again") {
		t.Errorf("it is %s:\n%s", provenance, r.log(second))
	}
}
