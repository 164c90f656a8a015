package durable

import (
	"fmt"
	"slices"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// forgotten is how many runs are deleted in one transaction.
const forgotten = 100

// Forget deletes the records of runs that came to their end before a time, if unneeded
// says that nobody needs them, and says how many. It is the runner's, because the
// library closes the database with everything else that opens its records.
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
