// Package durable runs functions that survive the death of the process: each step's
// outcome is recorded, and after a restart a function runs again from its start with the
// recorded outcomes, up to the step that was interrupted.
//
// It is a thin wrapper over the DBOS library, whose checkpoints commit in one transaction
// with our rows, and it follows what experiments with that library showed:
//
//   - A function is deterministic: everything that changes is in its input or in
//     the outcome of a step.
//   - Outcomes are values. An error from a step means that this process cannot continue;
//     the next process then continues the function.
//   - The version that functions are recorded under is a constant, so that a newer binary
//     continues what an older one began.
//
// Terms:
//
//   - durable function: a function whose steps' outcomes are recorded, so that the next
//     process continues it.
package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // SQLite for the library

	"ingot/internal/store"
)

// recordVersion is recorded with every run. It changes only together with a migration of
// unfinished runs.
const recordVersion = "1"

// formerExecutor is the recorded executor of functions that were begun before hosts had
// ids.
const formerExecutor = "local"

// Options of a runner.
type Options struct {
	Host   string // id of the host that the functions run on
	Logger *slog.Logger
}

// Runner keeps and runs durable functions with input In.
type Runner[In any] struct {
	ctx   dbos.Context
	data  *dbos.DataSource
	store *store.Store
	host  string
	run   dbos.Workflow[In, bool]
}

// Context is the argument of a durable function and of its steps.
type Context struct {
	dbos.Context
	data *dbos.DataSource
}

// New prepares a runner for the function fn on the store's database; name is part of the
// record and must not change. Nothing runs before [Runner.Launch]. Then those functions
// run that an earlier process of this host began, and those that [Runner.Begin] begins.
func New[In any](ctx context.Context, s *store.Store, name string, fn func(Context, In) error, o Options) (*Runner[In], error) {
	if err := unsetLibrary(); err != nil {
		return nil, err
	}
	// The end of ctx must not end the functions: a function whose context is cancelled
	// from outside is recorded as failed. Only [Runner.Close] can interrupt one.
	c, err := dbos.NewContext(context.WithoutCancel(ctx), dbos.Config{
		AppName: "ingot", SQLiteSystemDB: s.SQLite(), SystemDBPool: s.Pool(),
		Logger: o.Logger, ApplicationVersion: recordVersion, ExecutorID: o.Host,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the engine's records: %w", err)
	}
	r := &Runner[In]{ctx: c, store: s, host: o.Host}
	if r.data, err = dataSource(c, s); err == nil {
		err = r.adopt(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the engine's records: %w", err)
	}
	r.run = func(ctx dbos.Context, in In) (bool, error) { return true, fn(Context{ctx, r.data}, in) }
	dbos.RegisterWorkflow(c, r.run, dbos.WithWorkflowName(name), dbos.WithMaxRecoveryAttempts(1<<20))
	return r, nil
}

// unsetLibrary removes the library's variables from the environment. They override its
// configuration: runs would be recorded under another version or executor, and a server
// without the variables would never continue them; or the library would report to its
// makers' cloud.
func unsetLibrary() error {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "DBOS_") {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("removing the variable %s: %w", name, err)
			}
		}
	}
	return nil
}

func dataSource(c dbos.Context, s *store.Store) (*dbos.DataSource, error) {
	if db := s.SQLite(); db != nil {
		return dbos.NewDataSource(c, db)
	}
	return dbos.NewDataSource(c, s.Pool())
}

// adopt takes over the functions of releases that knew one host alone.
func (r *Runner[In]) adopt(ctx context.Context) error {
	table := "workflow_status"
	if r.store.SQLite() == nil {
		table = "dbos." + table
	}
	_, err := r.store.DB().Exec(ctx, `UPDATE `+table+` SET executor_id = $1 WHERE executor_id = $2`, r.host, formerExecutor)
	return err
}

// Launch continues what an earlier process began.
func (r *Runner[In]) Launch() error { return dbos.Launch(r.ctx) }

// Close cancels the contexts of running functions and waits for them so long. The next
// Launch continues functions that were interrupted.
func (r *Runner[In]) Close(wait time.Duration) { dbos.Shutdown(r.ctx, wait) }

// InProgress reports whether the run id is recorded and has not ended.
func (r *Runner[In]) InProgress(id string) (bool, error) {
	var n int64
	if err := r.store.DB().QueryRow(r.ctx, `SELECT count(*) FROM durable_waiting WHERE id = $1`, id).Scan(&n); err != nil || n > 0 {
		return n > 0, err
	}
	begun, ended, err := r.recorded(id)
	return begun && !ended, err
}

func (r *Runner[In]) recorded(id string) (begun, ended bool, err error) {
	h, err := dbos.RetrieveWorkflow[bool](r.ctx, id)
	if errors.Is(err, dbos.ErrNonExistentWorkflow) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	status, err := h.GetStatus()
	if err != nil {
		return false, false, err
	}
	return true, !status.CompletedAt.IsZero(), nil
}

// Record runs f in a transaction that also records its value, which must survive JSON.
// After a restart it does not run f again and returns the recorded value.
func Record[T any](ctx Context, name string, f func(context.Context, store.Querier) (T, error)) (T, error) {
	return dbos.RunAsTransaction(ctx.Context, ctx.data, func(ctx context.Context, tx dbos.Tx) (T, error) {
		return f(ctx, querier{tx})
	}, dbos.WithStepName(name))
}

// Step runs f once and records its outcome, which must survive JSON. If the process dies
// meanwhile, f runs again, so it must find what it did before.
func Step[T any](ctx Context, name string, f func(context.Context) (T, error)) (T, error) {
	return dbos.RunAsStep(ctx.Context, f, dbos.WithStepName(name))
}

// querier makes a transaction of the library a [store.Querier].
type querier struct{ tx dbos.Tx }

func (q querier) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := q.tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q querier) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	r, err := q.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return rows{r}, nil
}

func (q querier) QueryRow(ctx context.Context, query string, args ...any) store.Row {
	return q.tx.QueryRow(ctx, query, args...)
}

type rows struct{ dbos.Rows }

func (r rows) Close() { r.Rows.Close() }
