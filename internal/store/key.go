package store

import "context"

// Key is an access key: it signs requests for a user of an account.
type Key struct {
	ID      string // AKIA and 16 characters
	Secret  string
	Account string
	User    string
	Created string
}

// InsertKey inserts a new access key. It returns [ErrExists] when the id is taken.
func InsertKey(ctx context.Context, q Querier, k Key) error {
	n, err := q.Exec(ctx, `INSERT INTO access_keys (id, secret, account, user_name, created) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT DO NOTHING`, k.ID, k.Secret, k.Account, k.User, k.Created)
	if err == nil && n == 0 {
		return ErrExists
	}
	return err
}

const keyColumns = `SELECT id, secret, account, user_name, created FROM access_keys`

func scanKey(r Row) (k Key, err error) {
	err = r.Scan(&k.ID, &k.Secret, &k.Account, &k.User, &k.Created)
	return k, oneErrNoRows(err)
}

// KeyByID reads one access key; it returns [ErrNoRows] when there is none.
func KeyByID(ctx context.Context, q Querier, id string) (Key, error) {
	return scanKey(q.QueryRow(ctx, keyColumns+` WHERE id = $1`, id))
}

// Keys lists all access keys, oldest first.
func Keys(ctx context.Context, q Querier) ([]Key, error) {
	r, err := q.Query(ctx, keyColumns+` ORDER BY created, id`)
	return Collect[Key](r, err)(scanKey)
}

// DeleteKey removes an access key and reports whether it existed.
func DeleteKey(ctx context.Context, q Querier, id string) (bool, error) {
	n, err := q.Exec(ctx, `DELETE FROM access_keys WHERE id = $1`, id)
	return n > 0, err
}
