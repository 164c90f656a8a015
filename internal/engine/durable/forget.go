package durable

import (
	"fmt"
	"slices"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// forgotten is how many records are deleted in one transaction.
const forgotten = 100

// Forget deletes the records of runs that ended before a time and that unneeded accepts,
// and returns how many. It is a method of the runner because whatever else opens the
// library's records closes the database with them.
func (r *Runner[In]) Forget(before time.Time, unneeded func(id string) (bool, error)) (n int, err error) {
	ended, err := dbos.ListWorkflows(r.ctx, dbos.WithFilterCompletedBefore(before), dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))
	if err != nil {
		return 0, fmt.Errorf("listing the engine's records: %w", err)
	}
	var some []string
	for _, w := range ended {
		yes, err := unneeded(w.ID)
		if err != nil {
			return 0, err
		}
		if yes {
			some = append(some, w.ID)
		}
	}
	for batch := range slices.Chunk(some, forgotten) {
		if err := dbos.DeleteWorkflows(r.ctx, batch); err != nil {
			return n, fmt.Errorf("deleting the engine's records: %w", err)
		}
		n += len(batch)
	}
	return n, nil
}
