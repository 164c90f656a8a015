package engine_test

import (
	"strings"
	"testing"
	"time"

	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// provenance builds, and returns how the components got into the image and the reason for
// the first one.
func (r *rig) provenance(o order) (string, string) {
	r.t.Helper()
	arn := r.start(o)
	r.available(arn)
	p, all := r.decisions(arn)
	return p, all[0].Why
}

func TestAgeOfNodes(t *testing.T) {
	r := newRig(t, memory.Config{})
	one := []string{r.component(account, "one", "1.0.0", document("echo one"))}
	r.provenance(order{components: one})
	r.ahead.Store(int64(2 * time.Hour)) // longer than the rig's hour
	for _, c := range []struct{ tag, provenance, why string }{
		{"always", "cached 1 of 1", "made 2h0m"},
		{"3h", "cached 1 of 1", "made 2h0m"},
		{"90m", "clean", "longer than 1h30m0s"},
		{"90m", "cached 1 of 1", "ago on the same disk"}, // that node is new
	} {
		provenance, why := r.provenance(order{components: one, tags: map[string]string{"ingot:cache": c.tag}})
		if provenance != c.provenance || !strings.Contains(why, c.why) {
			t.Errorf("with %s it is %s, because %s", c.tag, provenance, why)
		}
	}
	r.ahead.Store(int64(4 * time.Hour))
	if provenance, why := r.provenance(order{components: one}); provenance != "clean" || !strings.Contains(why, "longer than 1h0m0s") {
		t.Errorf("without a tag it is %s, because %s", provenance, why)
	}
	if _, err := r.try(order{components: one, tags: map[string]string{"ingot:cache": "sometimes"}}); err == nil {
		t.Error("a tag that means nothing was accepted")
	}
}

// grown lists the nodes that are root volumes of a recipe's size.
func (r *rig) grown() (all []store.Node) {
	r.t.Helper()
	nodes, err := store.Nodes(r.t.Context(), r.store.DB(), hostID)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range nodes {
		if strings.Contains(n.MadeFrom, "root volume") {
			all = append(all, n)
		}
	}
	return all
}

// TestRootVolumeIsGrownOnce for all builds with the same size, in a partition.
func TestRootVolumeIsGrownOnce(t *testing.T) {
	needLoops(t)
	r := (&rig{t: t, dir: t.TempDir(), gpt: true}).begin()
	first := r.start(order{gib: 1})
	r.available(first)
	before := r.grown()
	r.available(r.start(order{gib: 1}))
	if after := r.grown(); len(before) != 1 || len(after) != 1 || before[0].Created != after[0].Created {
		t.Errorf("grown volumes are %+v, then %+v", before, after)
	}
	a, err := store.AMIByID(t.Context(), r.store.DB(), region, r.image(first).OutputResources.Amis[0].Image)
	if err != nil || a.Size != 1<<30 {
		t.Errorf("%+v, %v", a, err)
	}
}
