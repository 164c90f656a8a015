package store

import "context"

// Alone waits until no other transaction that called it decides anything in the
// account and region, and keeps others waiting until this one ends. Checks such as
// "nothing refers to it" are true only so: on PostgreSQL transactions that write
// different rows run side by side.
func Alone(ctx context.Context, q Querier, account, region string) error {
	_, err := q.Exec(ctx, `INSERT INTO walls (account, region, writes) VALUES ($1,$2,1)
		ON CONFLICT (account, region) DO UPDATE SET writes = walls.writes + 1`, account, region)
	return err
}
