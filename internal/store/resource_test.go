package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ingot"
	"ingot/internal/store"
)

func arn(t *testing.T, s string) ingot.ARN {
	t.Helper()
	return must(ingot.ParseARN(s))(t)
}

func component(t *testing.T, version string) store.Resource {
	t.Helper()
	return store.Resource{Account: "1", Region: "r", Name: "Web", Document: "{}", Created: store.Now(),
		ARN: arn(t, "arn:aws:imagebuilder:r:1:component/web/"+version)}
}

func TestVersionsCompareAsNumbers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		for _, v := range []string{"1.9.0/1", "1.10.0/1", "1.10.0/2", "0.99.99/10"} {
			if err := store.InsertResource(ctx, q, component(t, v)); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.InsertResource(ctx, q, component(t, "1.09.0/1")); !errors.Is(err, store.ErrExists) {
			t.Errorf("1.09.0 beside 1.9.0: %v, want ErrExists", err)
		}
		var got []string
		for _, r := range must(store.ResourcesNamed(ctx, q, "1", "r", arn(t, "arn:aws:imagebuilder:r:1:component/web/x.x.x")))(t) {
			got = append(got, r.ARN.BuildVersion())
		}
		if want := []string{"1.10.0/2", "1.10.0/1", "1.9.0/1", "0.99.99/10"}; !slices.Equal(got, want) {
			t.Errorf("versions are %v, want %v", got, want)
		}
	})
}

func TestAccountsAndRegionsAreSeparate(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		r := component(t, "1.0.0/1")
		for _, place := range [][2]string{{"1", "r"}, {"2", "r"}, {"1", "s"}} {
			r.Account, r.Region = place[0], place[1]
			if err := store.InsertResource(ctx, q, r); err != nil {
				t.Fatal(place, err)
			}
		}
		if all := must(resources(ctx, q, "1", "r", ingot.KindComponent))(t); len(all) != 1 {
			t.Errorf("account 1 sees %d components in r", len(all))
		}
		if !must(store.DeleteResource(ctx, q, "1", "r", r.ARN))(t) || must(store.DeleteResource(ctx, q, "1", "r", r.ARN))(t) {
			t.Error("a delete must say whether something was there")
		}
		must(store.ResourceByARN(ctx, q, "2", "r", r.ARN.String()))(t)
	})
}

func TestSetDocumentLosesNoWriter(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		r := component(t, "1.0.0/1")
		if err := store.InsertResource(t.Context(), s.DB(), r); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				err := store.SetDocument(t.Context(), s.DB(), "1", "r", r.ARN.String(), func(d string) (string, error) { return d + " ", nil })
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := must(store.ResourceByARN(t.Context(), s.DB(), "1", "r", r.ARN.String()))(t); got.Document != "{}"+strings.Repeat(" ", 10) {
			t.Errorf("the document is %q", got.Document)
		}
	})
}

func TestBuildNumbersAreGivenOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		version := arn(t, "arn:aws:imagebuilder:r:1:image/web/1.0.0")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []int
		for range 20 {
			wg.Go(func() {
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					n, err := store.NextBuild(t.Context(), tx, "1", "r", version)
					mu.Lock()
					defer mu.Unlock()
					got = append(got, n)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(got)
		for i, n := range got {
			if n != i+1 {
				t.Fatalf("numbers are %v", got)
			}
		}
		if n := must(store.NextBuild(t.Context(), s.DB(), "1", "r", arn(t, "arn:aws:imagebuilder:r:1:image/web/1.0.1")))(t); n != 1 {
			t.Errorf("another version begins at %d", n)
		}
	})
}

// TestLock has transactions that look first and write then, as checks of
// dependencies do.
func TestLock(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					if err := store.Lock(t.Context(), tx, "1", "r"); err != nil {
						return err
					}
					all, err := resources(t.Context(), tx, "1", "r", ingot.KindComponent)
					if err != nil || len(all) > 0 {
						return err
					}
					return store.InsertResource(t.Context(), tx, component(t, fmt.Sprintf("1.0.%d/1", n)))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if all := must(resources(t.Context(), s.DB(), "1", "r", ingot.KindComponent))(t); len(all) != 1 {
			t.Errorf("%d transactions thought that they were the first", len(all))
		}
	})
}

func TestUpdateRollsBack(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		stop := errors.New("stop")
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			if err := store.InsertResource(t.Context(), tx, component(t, "1.0.0/1")); err != nil {
				t.Fatal(err)
			}
			must(store.NextBuild(t.Context(), tx, "1", "r", component(t, "1.0.0/1").ARN))(t)
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("the error is %v", err)
		}
		if all := must(resources(t.Context(), s.DB(), "1", "r", ingot.KindComponent))(t); len(all) != 0 {
			t.Errorf("%d rows are left", len(all))
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q, now := t.Context(), s.DB(), time.Now()
		token := store.Token{Account: "1", Region: "r", Operation: "CreateImage", Token: "t", Request: "h"}
		claim := func(k store.Token, at time.Time) (store.Token, bool) {
			earlier, claimed, err := store.TakeToken(ctx, q, k, at)
			if err != nil {
				t.Fatal(err)
			}
			return earlier, claimed
		}
		if _, claimed := claim(token, now); !claimed {
			t.Fatal("a new token is not claimed")
		}
		token.Answer = `{"a":1}`
		if err := store.AnswerToken(ctx, q, token); err != nil {
			t.Fatal(err)
		}
		if earlier, claimed := claim(store.Token{Account: "1", Region: "r", Operation: "CreateImage", Token: "t", Request: "other"}, now.Add(23*time.Hour)); claimed || earlier.Request != "h" || earlier.Answer != token.Answer {
			t.Errorf("earlier is %+v, claimed %v", earlier, claimed)
		}
		other := token
		other.Operation = "CreateComponent"
		if _, claimed := claim(other, now); !claimed {
			t.Error("another operation shares the token")
		}
		if _, claimed := claim(token, now.Add(25*time.Hour)); !claimed {
			t.Error("a token lives longer than a day")
		}
		if err := store.ForgetTokens(ctx, q, "1", "r", now.Add(100*time.Hour)); err != nil {
			t.Error(err)
		}
	})
}

// TestOneTokenOneAct has two requests with one token at the same time: one acts,
// the other is given its answer.
func TestOneTokenOneAct(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for n := range 10 {
			token := store.Token{Account: "1", Region: "r", Operation: "CreateImage", Token: fmt.Sprint(n), Request: "h"}
			var wg sync.WaitGroup
			acts := make(chan bool, 2)
			for range 2 {
				wg.Go(func() {
					err := s.Update(t.Context(), func(tx *store.Tx) error {
						earlier, claimed, err := store.TakeToken(t.Context(), tx, token, time.Now())
						if err != nil {
							return err
						}
						acts <- claimed
						if !claimed {
							if earlier.Answer != "done" {
								t.Errorf("the second sees the answer %q", earlier.Answer)
							}
							return nil
						}
						done := token
						done.Answer = "done"
						return store.AnswerToken(t.Context(), tx, done)
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if first, second := <-acts, <-acts; first == second {
				t.Fatal("both acted, or none")
			}
		}
	})
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		k := store.Key{ID: "AKIA1", Secret: "s", Account: "000000000000", User: "root", Created: store.Now()}
		if err := store.InsertKey(ctx, q, k); err != nil {
			t.Fatal(err)
		}
		if err := store.InsertKey(ctx, q, k); !errors.Is(err, store.ErrExists) {
			t.Errorf("twice: %v", err)
		}
		if got := must(store.KeyByID(ctx, q, "AKIA1"))(t); got != k {
			t.Errorf("the key is %+v", got)
		}
		if all := must(store.Keys(ctx, q))(t); len(all) != 1 {
			t.Errorf("keys: %v", all)
		}
		if !must(store.DeleteKey(ctx, q, "AKIA1"))(t) {
			t.Error("not deleted")
		}
	})
}

// TestRowsOfABuild writes and reads each kind of row that a build makes, so that
// every statement has run on every database.
func TestRowsOfABuild(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx, q := t.Context(), s.DB()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(store.InsertExecution(ctx, q, store.Execution{Account: "1", Region: "r", ID: "wf-1", ImageARN: "i", Type: "BUILD", Status: ingot.StepPending}))
		for n, id := range []string{"step-1", "step-2"} {
			check(store.InsertStep(ctx, q, store.StepExecution{Account: "1", Region: "r", ID: id, ExecutionID: "wf-1", ImageARN: "i", Position: n, OnFailure: "Abort", TimeoutSeconds: 5}))
		}
		check(store.BeginExecution(ctx, q, "1", "r", "wf-1"))
		check(store.BeginStep(ctx, q, "1", "r", "step-1", `{"a":1}`))
		check(store.EndStep(ctx, q, "1", "r", "step-1", ingot.StepCompleted, "", `{}`))
		check(store.SetRollback(ctx, q, "1", "r", "step-1", "RUNNING"))
		check(store.EndExecution(ctx, q, "1", "r", "wf-1", ingot.StepCompleted, ""))
		if e := must(store.Executions(ctx, q, "1", "r", "i"))(t); len(e) != 1 || e[0].Total != 2 || e[0].Succeeded != 1 || e[0].Ended == "" {
			t.Errorf("executions: %+v", e)
		}
		if steps := must(store.Steps(ctx, q, "1", "r", "wf-1"))(t); len(steps) != 2 || steps[0].Inputs != `{"a":1}` || steps[1].Status != ingot.StepPending {
			t.Errorf("steps: %+v", steps)
		}
		check(store.PutAMI(ctx, q, store.AMI{Account: "1", Region: "r", ID: "ami-1", ImageARN: "i", Staged: true, Created: store.Now()}))
		published := func() []store.AMI { return must(store.AMIsWhere(ctx, q, "region = $1 AND staged = 0", "r"))(t) }
		if all := published(); len(all) != 0 {
			t.Errorf("a staged image is seen: %+v", all)
		}
		check(s.Update(ctx, func(tx *store.Tx) error {
			return store.PublishAMIs(ctx, tx, must(store.AMIsOfImage(ctx, tx, "1", "r", "i"))(t))
		}))
		check(store.SetPermissions(ctx, q, "1", "r", "ami-1", []store.Permission{{Group: "all"}}))
		if all := published(); len(all) != 1 || !all[0].Public {
			t.Errorf("images: %+v", all)
		}
		check(store.DeleteStagedAMIs(ctx, q, "1", "i"))
		if !must(store.DeleteAMI(ctx, q, "1", "r", "ami-1"))(t) {
			t.Error("a published image went with the staged ones")
		}
	})
}

func TestOpenAgainKeepsTheRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ingot.db")
	first := must(store.OpenSQLite(t.Context(), path))(t)
	if err := store.InsertResource(t.Context(), first.DB(), component(t, "1.0.0/1")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := openSQLite(t, path)
	if all := must(resources(t.Context(), second.DB(), "1", "r", ingot.KindComponent))(t); len(all) != 1 {
		t.Errorf("%d rows after opening again", len(all))
	}
}

// resources lists all of one kind.
func resources(ctx context.Context, q store.Querier, account, region string, kind ingot.Kind) ([]store.Listed, error) {
	all, _, err := store.Page(ctx, q, store.List{Account: account, Region: region, Kind: kind, Limit: 100})
	return all, err
}
