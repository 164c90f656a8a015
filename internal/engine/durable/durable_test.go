package durable_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ingot/internal/engine/durable"
	"ingot/internal/store"
)

type job struct{ Name string }

// journal is a table of its own that shows what ran how often.
const journal = `CREATE TABLE IF NOT EXISTS journal (what TEXT NOT NULL)`

func note(ctx context.Context, q store.Querier, what string) error {
	_, err := q.Exec(ctx, `INSERT INTO journal (what) VALUES ($1)`, what)
	return err
}

// open makes a runner whose function writes a row, acts, and writes a row.
func open(t *testing.T, path string, act func(context.Context) error, done chan<- string) (*store.Store, *durable.Runner[job]) {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.DB().Exec(t.Context(), journal); err != nil {
		t.Fatal(err)
	}
	r, err := durable.New(context.Background(), s, "job", func(ctx durable.Context, j job) error {
		if err := durable.Tx(ctx, "begin", func(ctx context.Context, q store.Querier) error { return note(ctx, q, "begin") }); err != nil {
			return err
		}
		if _, err := durable.Step(ctx, "act", func(ctx context.Context) (bool, error) { return true, act(ctx) }); err != nil {
			return err
		}
		err := durable.Tx(ctx, "end", func(ctx context.Context, q store.Querier) error { return note(ctx, q, "end") })
		done <- j.Name
		return err
	}, durable.Options{Concurrency: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Launch(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(time.Second) })
	return s, r
}

func rows(t *testing.T, s *store.Store) []string {
	t.Helper()
	r, err := s.DB().Query(t.Context(), `SELECT what FROM journal ORDER BY what`)
	all, err := store.Collect[string](r, err)(func(r store.Row) (what string, err error) { return what, r.Scan(&what) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEnqueueCommitsWithTheCallersRows(t *testing.T) {
	done := make(chan string, 2)
	s, r := open(t, filepath.Join(t.TempDir(), "db"), func(context.Context) error { return nil }, done)
	enqueue := func(id string, fail error) error {
		return s.Update(t.Context(), func(tx *store.Tx) error {
			if err := r.Enqueue(tx.Handle(), id, job{id}); err != nil {
				return err
			}
			return fail
		})
	}
	if err := enqueue("rolled-back", os.ErrInvalid); err == nil {
		t.Fatal("the transaction was committed")
	}
	if err := enqueue("kept", nil); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got != "kept" {
		t.Errorf("%s ran", got)
	}
	if got := rows(t, s); !slices.Equal(got, []string{"begin", "end"}) {
		t.Errorf("rows %v", got)
	}
}

// TestKilledInAStep kills a process in the middle of a step and sees the next one
// take the function up: rows once, the step again.
func TestKilledInAStep(t *testing.T) {
	if path := os.Getenv("DURABLE_TEST_DB"); path != "" {
		s, r := open(t, path, func(context.Context) error { os.Exit(3); return nil }, nil)
		err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Enqueue(tx.Handle(), "one", job{"one"}) })
		if err != nil {
			t.Fatal(err)
		}
		select {} // until the step ends the process
	}
	path := filepath.Join(t.TempDir(), "db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInAStep$")
	cmd.Env = append(os.Environ(), "DURABLE_TEST_DB="+path)
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
	acts, done := 0, make(chan string, 1)
	s, _ := open(t, path, func(context.Context) error { acts++; return nil }, done)
	<-done
	if got := rows(t, s); acts != 1 || !slices.Equal(got, []string{"begin", "end"}) {
		t.Errorf("the step ran %d times after the kill, rows %v", acts, got)
	}
}

// TestEnvironmentOfTheLibrary cuts a run off under variables that the library reads, and
// sees a process without them take it up.
func TestEnvironmentOfTheLibrary(t *testing.T) {
	for name, value := range map[string]string{"DBOS__APPVERSION": "other", "DBOS__VMID": "other", "DBOS__APPID": "other", "DBOS_DOMAIN": "localhost:1"} {
		t.Setenv(name, value)
	}
	path, began := filepath.Join(t.TempDir(), "db"), make(chan bool, 1)
	s, r := open(t, path, func(ctx context.Context) error {
		began <- true
		<-ctx.Done()
		return ctx.Err()
	}, make(chan string, 1))
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Enqueue(tx.Handle(), "one", job{"one"}) }); err != nil {
		t.Fatal(err)
	}
	<-began
	r.Close(0)
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "DBOS_") {
			t.Errorf("%s is set still", v)
			t.Setenv(strings.SplitN(v, "=", 2)[0], "")
		}
	}
	done := make(chan string, 1)
	open(t, path, func(context.Context) error { return nil }, done)
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("the run was not taken up")
	}
}

// TestForget deletes what ended long ago and nobody needs.
func TestForget(t *testing.T) {
	done := make(chan string, 3)
	path, act := filepath.Join(t.TempDir(), "db"), func(context.Context) error { return nil }
	s, r := open(t, path, act, done)
	for _, id := range []string{"one", "two", "needed"} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Enqueue(tx.Handle(), id, job{id}) }); err != nil {
			t.Fatal(err)
		}
		<-done
	}
	r.Close(time.Second) // all have ended
	s, r = open(t, path, act, done)
	over := func(id string) (bool, error) { return id != "needed", nil }
	if n, err := r.Forget(time.Now().Add(-time.Hour), over); n != 0 || err != nil {
		t.Errorf("young records: %d, %v", n, err)
	}
	if n, err := r.Forget(time.Now().Add(time.Hour), over); n != 2 || err != nil {
		t.Errorf("old records: %d, %v", n, err)
	}
	var left int
	if err := s.DB().QueryRow(t.Context(), `SELECT count(*) FROM operation_outputs`).Scan(&left); err != nil || left != 3 {
		t.Errorf("%d steps are left, %v", left, err)
	}
}
