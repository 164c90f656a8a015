// Package store keeps everything that Ingot must not forget: resources, images,
// executions, nodes, AMIs and keys, on SQLite or PostgreSQL with one SQL text.
//
// A [Querier] runs SQL: the database itself or a transaction. All functions that read
// or write rows take one, so that callers choose what commits together. A resource is
// stored as the JSON that the API shows, beside the columns that are searched by.
// Every key begins with account and region, so neither sees the rows of another.
//
// Terms:
//
//   - facet: a value of a member of a resource that a filter of a list compares.
//   - staged: written by a build and shown by no call, as machine images are at first.
//   - publish: to show the staged machine images of all regions in one transaction.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"golang.org/x/sys/unix"
)

// ErrNoRows is what Scan of [Querier.QueryRow] returns when nothing was found, on both
// databases.
var ErrNoRows = sql.ErrNoRows

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database.
type Store struct {
	db      *sql.DB
	pool    *pgxpool.Pool // nil on SQLite
	writing chan struct{} // has an entry for each transaction of [Store.Update]
}

// MaxConnections is how many connections a store opens. They stay open until they were
// idle for idleTime, so that load does not open new ones.
const (
	MaxConnections = 16
	idleTime       = 5 * time.Minute
)

// OpenSQLite opens or makes the database in the file path and updates its schema.
// Commits are on stable storage when they return.
func OpenSQLite(ctx context.Context, path string) (*Store, error) {
	if err := private(path); err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(MaxConnections)
	db.SetMaxIdleConns(MaxConnections)
	db.SetConnMaxIdleTime(idleTime)
	s := &Store{db: db, writing: make(chan struct{}, 1)}
	unlock, err := lockFile(ctx, path+".lock")
	if err == nil {
		err = errors.Join(s.migrate(ctx, goose.DialectSQLite3), unlock())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", path, err), db.Close())
	}
	return s, nil
}

// private makes the file of a database readable only by its owner, because it holds the
// secrets of access keys, and corrects the modes of existing files. SQLite gives the
// files that it makes beside a database the mode of the database. No file is opened
// here: closing it would release SQLite's locks on it.
func private(path string) error {
	err := unix.Mknod(path, unix.S_IFREG|0o600, 0)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
		err = errors.Join(err, closeToOthers(path+suffix))
	}
	return err
}

// closeToOthers removes the rights of everyone but the owner from a file, if it exists.
func closeToOthers(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(file, 0o600)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// lockFile lets one process at a time update the schema: a server and a command may
// open a new database at the same moment.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	const look = 20 * time.Millisecond
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for err = unix.EWOULDBLOCK; errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR); {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return f.Close, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		case <-time.After(look):
		}
	}
	return nil, errors.Join(err, f.Close())
}

// OpenPostgres connects to the database that dsn names and updates its schema.
func OpenPostgres(ctx context.Context, dsn string) (*Store, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		c.MaxConns = MaxConnections
	}
	c.MaxConnIdleTime = idleTime
	return OpenPostgresPool(ctx, c)
}

// OpenPostgresPool is [OpenPostgres] for a caller that configures the connections.
func OpenPostgresPool(ctx context.Context, c *pgxpool.Config) (*Store, error) {
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &Store{db: stdlib.OpenDBFromPool(pool), pool: pool, writing: make(chan struct{}, MaxConnections/2)}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // tries each second
	if err == nil {
		err = s.migrate(ctx, goose.DialectPostgres, goose.WithSessionLocker(locker))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context, d goose.Dialect, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(d, s.db, files, append(options, goose.WithGoMigrations(accessMigration(), listsMigration()), goose.WithSlog(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}

// SQLite returns the handle for libraries that need one, or nil on PostgreSQL.
func (s *Store) SQLite() *sql.DB {
	if s.pool != nil {
		return nil
	}
	return s.db
}

// Pool returns the pool for libraries that need one, or nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }
