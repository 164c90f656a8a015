package store

import "context"

// Lock waits until no other transaction holds the lock of the account and region, and
// holds it until the transaction ends. Checks such as "nothing refers to it" need it:
// on PostgreSQL, transactions that write different rows run at the same time.
func Lock(ctx context.Context, q Querier, account, region string) error {
	_, err := q.Exec(ctx, `INSERT INTO walls (account, region, writes) VALUES ($1,$2,1)
		ON CONFLICT (account, region) DO UPDATE SET writes = walls.writes + 1`, account, region)
	return err
}
