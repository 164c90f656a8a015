package durable

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"ingot/internal/store"
)

// Waiting is a run that was accepted and has not begun; it is only a row. The library's
// own queues are polled and hold inputs in memory.
type Waiting struct {
	ID    string
	Needs string // as given to [Runner.Enqueue]
	Told  string // as last given to [Runner.Tell]
}

// Enqueue records a run of the function in the caller's transaction. needs is for the
// caller that decides when it begins. A second run with the same id is an error while the
// first waits; later it has no effect.
func (r *Runner[In]) Enqueue(ctx context.Context, tx *store.Tx, id, needs string, in In) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO durable_waiting (id, input, created, host, needs) VALUES ($1, $2, $3, $4, $5)`,
		id, string(text), store.Now(), r.host, needs)
	if err != nil {
		return fmt.Errorf("enqueuing %s: %w", id, err)
	}
	return nil
}

// Waiting lists the runs that wait on this host, the oldest first.
func (r *Runner[In]) Waiting(ctx context.Context) ([]Waiting, error) {
	rows, err := r.store.DB().Query(ctx, `SELECT id, needs, told FROM durable_waiting WHERE host = $1 ORDER BY created, id`, r.host)
	return store.Collect[Waiting](rows, err)(func(row store.Row) (w Waiting, err error) { return w, row.Scan(&w.ID, &w.Needs, &w.Told) })
}

// Tell records what was told of a run that waits.
func (r *Runner[In]) Tell(ctx context.Context, id, what string) error {
	_, err := r.store.DB().Exec(ctx, `UPDATE durable_waiting SET told = $2 WHERE id = $1`, id, what)
	return err
}

// Withdraw removes a run that waits; it does not stop a run that has begun.
func (r *Runner[In]) Withdraw(ctx context.Context, q store.Querier, id string) error {
	_, err := q.Exec(ctx, `DELETE FROM durable_waiting WHERE id = $1`, id)
	return err
}

// Input reads the input of a run that waits.
func (r *Runner[In]) Input(ctx context.Context, id string) (in In, err error) {
	var text string
	if err := r.store.DB().QueryRow(ctx, `SELECT input FROM durable_waiting WHERE id = $1`, id).Scan(&text); err != nil {
		return in, err
	}
	return in, json.Unmarshal([]byte(text), &in)
}

// Begin begins a run that waits, unless an earlier process began it, and removes its row:
// from then on the library has its record.
func (r *Runner[In]) Begin(ctx context.Context, id string) error {
	begun, _, err := r.recorded(id)
	if err != nil {
		return err
	}
	if !begun {
		in, err := r.Input(ctx, id)
		if err != nil {
			return err
		}
		if _, err := dbos.RunWorkflow(r.ctx, r.run, in, dbos.WithWorkflowID(id), dbos.WithApplicationVersion(recordVersion)); err != nil {
			return err
		}
	}
	return r.Withdraw(ctx, r.store.DB(), id)
}
