package engine_test

import (
	"context"
	"strings"
	"testing"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/places"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// TestShareTakenBackWhileQueued refuses, when its turn has come, a build whose parent
// image is no longer shared; a build on an image that is still shared succeeds.
func TestShareTakenBackWhileQueued(t *testing.T) {
	const owner = "999988887777"
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	r := (&rig{t: t, dir: t.TempDir(), limits: places.Limits{Turns: 1}, hooks: memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		if strings.Contains(run.Documents[0].Data, "slow") {
			reached <- struct{}{}
			<-goOn
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}}}).begin()
	ctx, q := t.Context(), r.store.DB()
	managed, err := store.AllAMIs(ctx, q)
	if err != nil || len(managed) != 1 {
		t.Fatal(managed, err)
	}
	share := func(id string, with ...store.Permission) {
		t.Helper()
		if err := store.SetPermissions(ctx, q, owner, region, id, with); err != nil {
			t.Fatal(err)
		}
	}
	parents := []string{"ami-00000000000000001", "ami-00000000000000002"}
	for _, id := range parents {
		a := managed[0]
		a.Account, a.ID, a.Name = owner, id, id
		if err := store.PutAMI(ctx, q, a); err != nil {
			t.Fatal(err)
		}
		share(id, store.Permission{UserID: account})
	}
	r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("slow"))}})
	<-reached
	refused, built := r.start(order{parent: parents[0]}), r.start(order{parent: parents[1]})
	share(parents[0], store.Permission{UserID: "222222222222"})
	close(goOn)
	image := r.await(refused)
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "InvalidAMIID.NotFound") || !strings.Contains(image.State.Reason, parents[0]) {
		t.Errorf("%+v", image.State)
	}
	r.available(built)
	if left := r.instances(); len(left) > 0 {
		t.Errorf("instances are left: %v", left)
	}
}
