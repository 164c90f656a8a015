package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"ingot/internal/store"
)

// waitingTable holds the runs that were accepted and have not begun. The library's
// own queues are polled, which costs either time or idle processors; here who
// enqueues says so.
const waitingTable = `CREATE TABLE IF NOT EXISTS durable_waiting (
	id      TEXT NOT NULL PRIMARY KEY,
	input   TEXT NOT NULL, -- JSON
	created TEXT NOT NULL
)`

// Enqueue records a run of the function in the caller's transaction. A second run
// with the same id is an error while the first waits, and nothing afterwards.
func (r *Runner[In]) Enqueue(tx *sql.Tx, id string, in In) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(r.ctx, `INSERT INTO durable_waiting (id, input, created) VALUES ($1, $2, $3)`, id, string(text), store.Now())
	if err != nil {
		return fmt.Errorf("enqueuing %s: %w", id, err)
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
	return nil
}

// How long a transaction that enqueues may take until it is committed, and how often
// to look meanwhile. One that takes longer waits for the next to enqueue, or start. A
// run that cannot be begun is tried as long as it takes.
const (
	expect  = time.Minute
	soonest = time.Millisecond
	latest  = 250 * time.Millisecond
	failed  = 2 * time.Second
)

// dispatch begins the runs that wait: at its start, and for a while after something
// was enqueued, because the rows are seen when the transaction is committed.
func (r *Runner[In]) dispatch(ctx context.Context) {
	var until time.Time
	for pause := soonest; ; pause = min(2*pause, latest) {
		var again <-chan time.Time
		if !r.begin(ctx) {
			again, until = time.After(failed), time.Now().Add(expect)
		} else if time.Now().Before(until) {
			again = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.news:
			pause, until = soonest/2, time.Now().Add(expect)
		case <-again:
		}
	}
}

type waiting struct{ id, input string }

// begin begins every run that waits, and says whether it could.
func (r *Runner[In]) begin(ctx context.Context) (all bool) {
	rows, err := r.store.DB().Query(ctx, `SELECT id, input FROM durable_waiting ORDER BY created, id`)
	some, err := store.Collect[waiting](rows, err)(func(row store.Row) (w waiting, err error) { return w, row.Scan(&w.id, &w.input) })
	if err != nil && ctx.Err() == nil {
		r.logger.Error("reading the runs that wait", "fault", err)
	}
	all = err == nil
	for _, w := range some {
		err := r.beginOne(ctx, w)
		if err != nil && ctx.Err() == nil {
			r.logger.Error("beginning a run", "id", w.id, "fault", err)
		}
		all = all && err == nil
	}
	return all
}

// beginOne begins a run, if an earlier process had not, and takes its row away: from
// then on the library's record holds it.
func (r *Runner[In]) beginOne(ctx context.Context, w waiting) error {
	begun, _, err := r.recorded(w.id)
	if err != nil {
		return err
	}
	if !begun {
		var in In
		if err := json.Unmarshal([]byte(w.input), &in); err != nil {
			return err
		}
		if _, err := dbos.RunWorkflow(r.ctx, r.run, in, dbos.WithWorkflowID(w.id), dbos.WithApplicationVersion(recordVersion)); err != nil {
			return err
		}
	}
	_, err = r.store.DB().Exec(ctx, `DELETE FROM durable_waiting WHERE id = $1`, w.id)
	return err
}
