package store

import "context"

// Adopt sets the host of rows that have none: those of releases that knew only one
// host. Every process that reads the rows of its host calls it first.
func Adopt(ctx context.Context, q Querier, host string) error {
	for _, table := range []string{"instances", "nodes", "durable_waiting"} {
		if _, err := q.Exec(ctx, `UPDATE `+table+` SET host = $1 WHERE host = ''`, host); err != nil {
			return err
		}
	}
	return nil
}
