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
	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

type job struct{ Name string }

// journal is a table that shows how often each step ran.
const journal = `CREATE TABLE IF NOT EXISTS journal (what TEXT NOT NULL)`

func note(ctx context.Context, q store.Querier, what string) error {
	_, err := q.Exec(ctx, `INSERT INTO journal (what) VALUES ($1)`, what)
	return err
}

// each runs a test on every database; place names an empty one.
func each(t *testing.T, test func(t *testing.T, place string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "db")) })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.Postgres(t)) })
}

// openStore opens the database of a place.
func openStore(t *testing.T, place string) *store.Store {
	t.Helper()
	opening := store.OpenSQLite
	if strings.Contains(place, "dbname=") {
		opening = store.OpenPostgres
	}
	s, err := opening(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.DB().Exec(t.Context(), journal); err != nil {
		t.Fatal(err)
	}
	return s
}

// open makes a runner whose function writes a row, acts, and writes a row.
func open(t *testing.T, place string, act func(context.Context) error, done chan<- string) (*store.Store, *durable.Runner[job]) {
	t.Helper()
	s := openStore(t, place)
	r := runner(t, s, "h-here", act, done)
	if err := r.Launch(); err != nil {
		t.Fatal(err)
	}
	return s, r
}

func runner(t *testing.T, s *store.Store, host string, act func(context.Context) error, done chan<- string) *durable.Runner[job] {
	t.Helper()
	r, err := durable.New(context.Background(), s, "job", func(ctx durable.Context, j job) error {
		write := func(what string) error {
			_, err := durable.Record(ctx, what, func(ctx context.Context, q store.Querier) (bool, error) { return true, note(ctx, q, what) })
			return err
		}
		if err := write("begin"); err != nil {
			return err
		}
		if _, err := durable.Step(ctx, "act", func(ctx context.Context) (bool, error) { return true, act(ctx) }); err != nil {
			return err
		}
		err := write("end")
		done <- j.Name
		return err
	}, durable.Options{Host: host, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(time.Second) })
	return r
}

// enqueue accepts a run, unless it is to fail.
func enqueue(t *testing.T, s *store.Store, r *durable.Runner[job], id string, fault error) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		if err := r.Enqueue(t.Context(), tx, id, "needs of "+id, job{id}); err != nil {
			return err
		}
		return fault
	})
	if err != fault {
		t.Fatal(err)
	}
}

func nothing(context.Context) error { return nil }

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
	each(t, func(t *testing.T, place string) {
		done := make(chan string, 2)
		s, r := open(t, place, nothing, done)
		enqueue(t, s, r, "rolled-back", os.ErrInvalid)
		enqueue(t, s, r, "kept", nil)
		all, err := r.Waiting(t.Context())
		if err != nil || !slices.Equal(all, []durable.Waiting{{ID: "kept", Needs: "needs of kept"}}) {
			t.Errorf("%+v, %v", all, err)
		}
		if err := r.Begin(t.Context(), "kept"); err != nil {
			t.Fatal(err)
		}
		if got := <-done; got != "kept" {
			t.Errorf("%s ran", got)
		}
		if got := rows(t, s); !slices.Equal(got, []string{"begin", "end"}) {
			t.Errorf("rows %v", got)
		}
	})
}

// TestWaiting: a run that waits is only a row, until it is begun or withdrawn.
func TestWaiting(t *testing.T) {
	each(t, func(t *testing.T, place string) {
		s, r := open(t, place, func(context.Context) error { t.Error("a run that waits has begun"); return nil }, make(chan string, 2))
		enqueue(t, s, r, "one", nil)
		enqueue(t, s, r, "two", nil)
		if err := r.Tell(t.Context(), "two", "it waits"); err != nil {
			t.Fatal(err)
		}
		r.Close(time.Second)
		s, r = open(t, place, nothing, make(chan string, 2))
		if err := r.Withdraw(t.Context(), s.DB(), "one"); err != nil {
			t.Fatal(err)
		}
		all, err := r.Waiting(t.Context())
		if err != nil || !slices.Equal(all, []durable.Waiting{{"two", "needs of two", "it waits"}}) {
			t.Errorf("%+v, %v", all, err)
		}
		if got := rows(t, s); len(got) > 0 {
			t.Errorf("rows %v", got)
		}
		if known, err := r.InProgress("two"); !known || err != nil {
			t.Errorf("a run that waits is unknown: %v", err)
		}
	})
}

// TestHostsKeepApart: a host begins and continues only its own runs, and those of a
// release without hosts.
func TestHostsKeepApart(t *testing.T) {
	each(t, func(t *testing.T, place string) {
		done := make(chan string, 4)
		s, here := open(t, place, func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }, done)
		enqueue(t, s, here, "runs", nil)
		enqueue(t, s, here, "waits", nil)
		if err := here.Begin(t.Context(), "runs"); err != nil {
			t.Fatal(err)
		}
		here.Close(time.Second)
		s = openStore(t, place)
		there := runner(t, s, "h-there", func(context.Context) error { t.Error("another host went on"); return nil }, done)
		if err := there.Launch(); err != nil {
			t.Fatal(err)
		}
		if all, err := there.Waiting(t.Context()); err != nil || len(all) > 0 {
			t.Errorf("on the other host wait %v, %v", all, err)
		}
		table := map[bool]string{true: "dbos.workflow_status", false: "workflow_status"}[s.Pool() != nil]
		var status, host string // a launch continues runs at once
		err := s.DB().QueryRow(t.Context(), `SELECT status, executor_id FROM `+table+` WHERE workflow_uuid = 'runs'`).Scan(&status, &host)
		if err != nil || status != "PENDING" || host != "h-here" {
			t.Errorf("the run is %s on %s, %v", status, host, err)
		}
		there.Close(time.Second)

		s = openStore(t, place)
		if _, err := s.DB().Exec(t.Context(), `UPDATE `+table+` SET executor_id = 'local'`); err != nil {
			t.Fatal(err)
		}
		if err := runner(t, s, "h-new", nothing, done).Launch(); err != nil {
			t.Fatal(err)
		}
		if got := <-done; got != "runs" {
			t.Errorf("%s was taken up", got)
		}
	})
}

// TestKilledInAStep kills a process in the middle of a step. The next process continues
// the function: it writes rows once and runs the step again.
func TestKilledInAStep(t *testing.T) {
	if place := os.Getenv("DURABLE_TEST_DB"); place != "" {
		s, r := open(t, place, func(context.Context) error { os.Exit(3); return nil }, nil)
		enqueue(t, s, r, "one", nil)
		if err := r.Begin(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		select {} // until the step ends the process
	}
	each(t, func(t *testing.T, place string) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInAStep$")
		cmd.Env = append(os.Environ(), "DURABLE_TEST_DB="+place)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 3 {
			t.Fatalf("%v\n%s", err, out)
		}
		acts, done := 0, make(chan string, 1)
		s, _ := open(t, place, func(context.Context) error { acts++; return nil }, done)
		<-done
		if got := rows(t, s); acts != 1 || !slices.Equal(got, []string{"begin", "end"}) {
			t.Errorf("the step ran %d times after the kill, rows %v", acts, got)
		}
	})
}

// TestEnvironmentOfTheLibrary interrupts a run under variables that the library reads. A
// process without them continues it.
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
	enqueue(t, s, r, "one", nil)
	if err := r.Begin(t.Context(), "one"); err != nil {
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

// TestForget deletes records of runs that ended long ago and are not needed.
func TestForget(t *testing.T) {
	each(t, func(t *testing.T, place string) {
		done := make(chan string, 3)
		s, r := open(t, place, nothing, done)
		for _, id := range []string{"one", "two", "needed"} {
			enqueue(t, s, r, id, nil)
			if err := r.Begin(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			<-done
		}
		r.Close(time.Second) // all have ended
		s, r = open(t, place, nothing, done)
		unneeded := func(id string) (bool, error) { return id != "needed", nil }
		if n, err := r.Forget(time.Now().Add(-time.Hour), unneeded); n != 0 || err != nil {
			t.Errorf("young records: %d, %v", n, err)
		}
		if n, err := r.Forget(time.Now().Add(time.Hour), unneeded); n != 2 || err != nil {
			t.Errorf("old records: %d, %v", n, err)
		}
		table := map[bool]string{true: "dbos.operation_outputs", false: "operation_outputs"}[s.Pool() != nil]
		var left int
		if err := s.DB().QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&left); err != nil || left != 3 {
			t.Errorf("%d steps are left, %v", left, err)
		}
	})
}
