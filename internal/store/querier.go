package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Querier runs SQL with the parameters $1, $2 and so on. The database, its transactions
// and the engine's transactions are Queriers.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
}

// Rows iterates over the answer of a query; Close may be called twice.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is the first row of an answer; Scan returns [ErrNoRows] when there is none.
type Row interface {
	Scan(dest ...any) error
}

type sqlConn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type conn struct{ sqlConn }

func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := c.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c conn) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	r, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return rows{r}, nil
}

func (c conn) QueryRow(ctx context.Context, query string, args ...any) Row {
	return c.QueryRowContext(ctx, query, args...)
}

type rows struct{ *sql.Rows }

func (r rows) Close() { _ = r.Rows.Close() }

// DB returns the database outside of transactions.
func (s *Store) DB() Querier { return conn{s.db} }

// Tx is a transaction of the store.
type Tx struct {
	Querier
	after []func()
}

// AfterCommit calls f after the transaction is committed, to tell those who wait for
// its rows. After a rollback it is not called.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Update runs f in one transaction, which is committed if f returns no error. On SQLite
// transactions run one after another, in the order of the calls; on PostgreSQL half of
// the connections may be in one. A call that waits holds no connection: others, and f
// itself, need some for reading.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a panic; otherwise it does nothing
	t := &Tx{Querier: conn{tx}}
	if err := f(t); err != nil {
		if undone := ignoreDone(tx.Rollback()); undone != nil {
			return errors.Join(err, undone)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, told := range t.after {
		told()
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Collect reads all rows through scan and closes them. It takes the error of the query,
// so that calls nest: Collect(q.Query(…)).
func Collect[T any](r Rows, err error) func(scan func(Row) (T, error)) ([]T, error) {
	return func(scan func(Row) (T, error)) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer r.Close()
		var all []T
		for r.Next() {
			v, err := scan(r)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, r.Err()
	}
}

// oneErrNoRows turns pgx's "no rows" into [ErrNoRows].
func oneErrNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoRows
	}
	return err
}

// Words returns the text of the database in an error, or "" if the error is not the
// database's. It may name tables and quote SQL, which clients must not see.
func Words(err error) string {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Error()
	}
	return ""
}

// doubled reports whether an error says that a unique index has the value already.
func doubled(err error) bool {
	const postgresCode = "23505"
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == postgresCode
}
