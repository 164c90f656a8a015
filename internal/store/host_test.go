package store_test

import (
	"context"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// TestNodes keeps the nodes of hosts apart, and removes none that was chosen meanwhile.
func TestNodes(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		for _, key := range []string{"k", "l"} {
			if err := store.PutNode(ctx, q, store.Node{Account: "1", Host: "here", Key: key, Created: store.Now(), Used: store.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		seen := must(store.NodeByKey(ctx, q, "here", "1", "k"))(t)
		if !must(store.TouchNode(ctx, q, "here", "1", "k"))(t) || must(store.TouchNode(ctx, q, "there", "1", "k"))(t) || must(store.TouchNode(ctx, q, "here", "1", "none"))(t) {
			t.Error("a touch does not say whether the node is there")
		}
		if must(store.DeleteNode(ctx, q, seen))(t) {
			t.Error("a node was removed that was chosen meanwhile")
		}
		if err := store.BlameNode(ctx, q, "1", "k"); err != nil {
			t.Fatal(err)
		}
		if seen = must(store.NodeByKey(ctx, q, "here", "1", "k"))(t); !seen.Blamed || !must(store.DeleteNode(ctx, q, seen))(t) {
			t.Errorf("%+v stays", seen)
		}
		if all := must(store.Nodes(ctx, q, "here"))(t); len(all) != 1 || all[0].Key != "l" {
			t.Errorf("nodes: %+v", all)
		}
		if all := must(store.Nodes(ctx, q, "there"))(t); len(all) != 0 {
			t.Errorf("another host has %+v", all)
		}
	})
}

// TestInstances keeps the instances of hosts apart, reads the states of their images, and
// since when one is kept.
func TestInstances(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		const arn = "arn:aws:imagebuilder:r:1:image/x/1.0.0/1"
		err := store.InsertImage(ctx, q, "1", "r", &imagebuilder.Image{Arn: arn, State: &imagebuilder.ImageState{Status: string(ingot.Building)}, DateCreated: store.Now()})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []store.Instance{
			{ID: "i-1", Token: "t"}, {ID: "i-1", Token: "u", ImageARN: arn, Kept: true}, {ID: "i-2", Token: "v", ImageARN: "gone"},
		} {
			i.Account, i.Region, i.Host, i.Created, i.ImageARN = "1", "r", "here", store.Now(), arn
			if i.ID == "i-2" {
				i.Host, i.ImageARN = "there", "gone"
			}
			if err := store.PutInstance(ctx, q, i); err != nil {
				t.Fatal(err)
			}
		}
		for _, since := range []string{"then", "later"} {
			if err := store.KeepInstance(ctx, q, "1", "r", "i-1", since); err != nil {
				t.Fatal(err)
			}
		}
		all := must(store.Instances(ctx, q, "here"))(t)
		if len(all) != 1 || all[0].Token != "u" || !all[0].Kept || all[0].KeptSince != "then" || all[0].Status != ingot.Building {
			t.Errorf("instances: %+v", all)
		}
		if all := must(store.Instances(ctx, q, "there"))(t); len(all) != 1 || all[0].ID != "i-2" || all[0].Status != "" {
			t.Errorf("of the other host: %+v", all)
		}
	})
}

// TestAdopt sets the host of rows that have none, and of no others.
func TestAdopt(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		for host, id := range map[string]string{"": "i-1", "there": "i-2"} {
			err := store.PutInstance(ctx, q, store.Instance{Account: "1", Region: "r", ID: id, Host: host, Token: id, Created: store.Now()})
			if err == nil {
				err = store.PutNode(ctx, q, store.Node{Account: "1", Key: id, Host: host, Created: store.Now(), Used: store.Now()})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Adopt(ctx, q, "here"); err != nil {
			t.Fatal(err)
		}
		if all := must(store.Instances(ctx, q, "here"))(t); len(all) != 1 || all[0].ID != "i-1" {
			t.Errorf("instances: %+v", all)
		}
		if all := must(store.Nodes(ctx, q, "here"))(t); len(all) != 1 || all[0].Key != "i-1" {
			t.Errorf("nodes: %+v", all)
		}
	})
}

// TestAfterCommit calls functions of committed transactions, and no others.
func TestAfterCommit(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, fault := range []error{nil, context.Canceled} {
			told := false
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				tx.AfterCommit(func() { told = true })
				return fault
			})
			if err != fault || told != (fault == nil) {
				t.Errorf("after %v: %v, told: %v", fault, err, told)
			}
		}
	})
}
