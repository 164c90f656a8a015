package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

const imageARN = "arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/1"

func insertImage(t *testing.T, s *store.Store, arn string, status ingot.Status) {
	t.Helper()
	err := store.InsertImage(t.Context(), s.DB(), "000000000000", "us-east-1", &imagebuilder.Image{
		Arn: arn, Name: "web", Version: "1.0.0/1", DateCreated: store.Now(),
		State: &imagebuilder.ImageState{Status: string(status)},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMissingRowsAreErrNoRows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for name, read := range map[string]func(context.Context, store.Querier) error{
			"image": func(ctx context.Context, q store.Querier) error { _, err := store.ImageByARN(ctx, q, "x"); return err },
			"cancel": func(ctx context.Context, q store.Querier) error {
				_, err := store.CancelRequested(ctx, q, "x")
				return err
			},
			"resource": func(ctx context.Context, q store.Querier) error {
				_, err := store.ResourceByARN(ctx, q, "a", "r", "x")
				return err
			},
			"key": func(ctx context.Context, q store.Querier) error { _, err := store.KeyByID(ctx, q, "x"); return err },
			"ami": func(ctx context.Context, q store.Querier) error {
				_, err := store.AMIByID(ctx, q, "r", "x")
				return err
			},
			"execution": func(ctx context.Context, q store.Querier) error {
				_, err := store.ExecutionByID(ctx, q, "a", "r", "x")
				return err
			},
			"step": func(ctx context.Context, q store.Querier) error {
				_, err := store.StepByID(ctx, q, "a", "r", "x")
				return err
			},
			"instance": func(ctx context.Context, q store.Querier) error {
				_, err := store.InstanceByID(ctx, q, "a", "r", "x")
				return err
			},
			"node": func(ctx context.Context, q store.Querier) error {
				_, err := store.NodeByKey(ctx, q, "h", "a", "x")
				return err
			},
			"set image": func(ctx context.Context, q store.Querier) error {
				return store.SetImage(ctx, q, "x", func(*imagebuilder.Image) error { return nil })
			},
		} {
			if err := read(t.Context(), s.DB()); !errors.Is(err, store.ErrNoRows) {
				t.Errorf("%s: %v, want ErrNoRows", name, err)
			}
		}
	})
}

func TestTransitionOnlyWhereLegal(t *testing.T) {
	all := []ingot.Status{ingot.Pending, ingot.Creating, ingot.Building, ingot.Testing, ingot.Distributing, ingot.Integrating,
		ingot.Available, ingot.Failed, ingot.Cancelled, ingot.Deprecated, ingot.Disabled, ingot.Deleted}
	each(t, func(t *testing.T, s *store.Store) {
		build := 0
		for _, from := range all {
			for _, to := range all {
				build++
				arn := fmt.Sprintf("arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/%d", build)
				insertImage(t, s, arn, from)
				legal := false
				for _, before := range to.Before() {
					legal = legal || before == from
				}
				moved := must(store.Transition(t.Context(), s.DB(), arn, to, "because"))(t)
				if moved != legal {
					t.Errorf("%s → %s moved = %v, legal = %v", from, to, moved, legal)
				}
				want := from
				if legal {
					want = to
				}
				if image := must(store.ImageByARN(t.Context(), s.DB(), arn))(t); image.State.Status != string(want) {
					t.Errorf("%s → %s: the image is %s", from, to, image.State.Status)
				}
			}
		}
	})
}

// TestOneEndWins has two writers that both want to end one image.
func TestOneEndWins(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for n := 1; n <= 20; n++ {
			arn := fmt.Sprintf("arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/%d", n)
			insertImage(t, s, arn, ingot.Building)
			var wg sync.WaitGroup
			won := make(chan ingot.Status, 2)
			for _, to := range []ingot.Status{ingot.Failed, ingot.Cancelled} {
				wg.Go(func() {
					err := s.Update(t.Context(), func(tx *store.Tx) error {
						moved, err := store.Transition(t.Context(), tx, arn, to, "")
						if moved {
							won <- to
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			close(won)
			var winners []ingot.Status
			for w := range won {
				winners = append(winners, w)
			}
			image := must(store.ImageByARN(t.Context(), s.DB(), arn))(t)
			if len(winners) != 1 || image.State.Status != string(winners[0]) {
				t.Fatalf("winners %v, the image is %s", winners, image.State.Status)
			}
		}
	})
}

// TestNoWriterIsLost has writers that each add one tag to one document.
func TestNoWriterIsLost(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		insertImage(t, s, imageARN, ingot.Building)
		var wg sync.WaitGroup
		for n := range 12 {
			wg.Go(func() {
				err := store.SetImage(t.Context(), s.DB(), imageARN, func(i *imagebuilder.Image) error {
					if i.Tags == nil {
						i.Tags = map[string]string{}
					}
					i.Tags[fmt.Sprint(n)] = "set"
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if image := must(store.ImageByARN(t.Context(), s.DB(), imageARN))(t); len(image.Tags) != 12 {
			t.Errorf("tags are %v, want 12", image.Tags)
		}
	})
}

func TestCancelOnlyInProgress(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		insertImage(t, s, imageARN, ingot.Testing)
		if must(store.CancelRequested(ctx, q, imageARN))(t) {
			t.Error("a new image wants to be cancelled")
		}
		if got := must(store.CancelledImages(ctx, q))(t); len(got) > 0 {
			t.Errorf("to be cancelled: %v", got)
		}
		if !must(store.RequestCancel(ctx, q, imageARN))(t) || !must(store.CancelRequested(ctx, q, imageARN))(t) {
			t.Error("the request is lost")
		}
		if got := must(store.CancelledImages(ctx, q))(t); len(got) != 1 || got[0] != imageARN {
			t.Errorf("to be cancelled: %v", got)
		}
		if err := store.SetParent(ctx, q, imageARN, "r", "sha256:1"); err != nil {
			t.Error(err)
		}
		if got := must(store.ParentsInUse(ctx, q))(t); len(got) != 1 || got[0] != "r sha256:1" {
			t.Errorf("parents in use: %q", got)
		}
		if got := must(store.ImagesInProgress(ctx, q))(t); len(got) != 1 || got[0] != imageARN {
			t.Errorf("unfinished: %v", got)
		}
		must(store.Transition(ctx, q, imageARN, ingot.Cancelled, ""))(t)
		if must(store.RequestCancel(ctx, q, imageARN))(t) {
			t.Error("an image that has ended takes a request")
		}
		if got := must(store.CancelledImages(ctx, q))(t); len(got) > 0 {
			t.Errorf("to be cancelled after its end: %v", got)
		}
		if got := must(store.ImagesInProgress(ctx, q))(t); len(got) != 0 {
			t.Errorf("unfinished: %v", got)
		}
	})
}

func TestDeleteImageTakesItsRecord(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		insertImage(t, s, imageARN, ingot.Building)
		e := store.Execution{Account: "000000000000", Region: "us-east-1", ID: "wf-1", ImageARN: imageARN, Type: "BUILD", Status: ingot.StepPending}
		if err := store.InsertExecution(ctx, q, e); err != nil {
			t.Fatal(err)
		}
		if must(store.DeleteImage(ctx, q, "000000000000", "us-east-1", arn(t, imageARN)))(t) {
			t.Error("an image in progress was deleted")
		}
		must(store.Transition(ctx, q, imageARN, ingot.Failed, "x"))(t)
		if !must(store.DeleteImage(ctx, q, "000000000000", "us-east-1", arn(t, imageARN)))(t) {
			t.Error("an image that has ended was not deleted")
		}
		if all := must(store.Executions(ctx, q, "000000000000", "us-east-1", imageARN))(t); len(all) != 0 {
			t.Errorf("executions are left: %v", all)
		}
	})
}
