// Package storetest starts a PostgreSQL server for tests, so that the code
// for SQLite is tested there too.
package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// unprivileged is the user "nobody": PostgreSQL refuses to run as root.
const unprivileged = 65534

// errNotInstalled says that this machine has no PostgreSQL.
var errNotInstalled = errors.New("PostgreSQL is not installed here; `apt-get install postgresql` gives it")

// server is the server of this test process.
var server struct {
	once      sync.Once
	err       error
	dir       string
	process   *exec.Cmd
	databases int
	mu        sync.Mutex
}

// Run runs the tests of a package and stops the server afterwards. TestMain calls it.
func Run(m *testing.M) int {
	defer stop()
	return m.Run()
}

// Postgres returns the dsn of a new, empty database. The server is started by the first
// test that asks for one. The test is skipped where PostgreSQL is not installed.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	server.once.Do(func() { server.err = start() })
	if errors.Is(server.err, errNotInstalled) {
		t.Skip(server.err)
	}
	if server.err != nil {
		t.Fatalf("starting PostgreSQL: %v", server.err)
	}
	dsn, err := newDatabase(t.Context(), "template1")
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Copy returns the dsn of a new copy of a database that nobody uses.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	_, database, _ := strings.Cut(dsn, "dbname=")
	dsn, err := newDatabase(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func newDatabase(ctx context.Context, like string) (string, error) {
	server.mu.Lock()
	defer server.mu.Unlock()
	c, err := pgx.Connect(ctx, dsnOf("postgres"))
	if err != nil {
		return "", err
	}
	server.databases++
	name := fmt.Sprintf("test%d", server.databases)
	_, err = c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+like)
	return dsnOf(name), errors.Join(err, c.Close(ctx))
}

func dsnOf(database string) string {
	return fmt.Sprintf("host=%s user=ingot dbname=%s", server.dir, database)
}

func start() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	if server.dir, err = os.MkdirTemp("", "ingot-pg-"); err != nil {
		return err
	}
	if os.Getuid() == 0 {
		if err := os.Chown(server.dir, unprivileged, unprivileged); err != nil {
			return err
		}
	}
	data := filepath.Join(server.dir, "data")
	if out, err := command(bin, "initdb", "-D", data, "-U", "ingot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	server.process = command(bin, "postgres", "-D", data, "-k", server.dir, "-c", "listen_addresses=", "-c", "fsync=off")
	return ready(server.process)
}

// binaries finds the newest server on this machine.
func binaries() (string, error) {
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(all) == 0 {
		if path, err := exec.LookPath("postgres"); err == nil {
			return filepath.Dir(path), nil
		}
		return "", errNotInstalled
	}
	slices.Sort(all)
	return filepath.Dir(all[len(all)-1]), nil
}

func command(bin, name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(bin, name), args...)
	c.Dir = server.dir
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: unprivileged, Gid: unprivileged}
	}
	return c
}

// ready starts the server and returns when the server says that it takes connections.
// The thread that starts it lives as long as the process, because the server dies with
// the thread.
func ready(c *exec.Cmd) error {
	out, err := c.StderrPipe()
	if err != nil {
		return err
	}
	if err := startOnOwnThread(c); err != nil {
		return err
	}
	said := make(chan error, 1)
	go func() {
		var all []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			all = append(all, lines.Text())
			if strings.Contains(lines.Text(), "ready to accept connections") {
				said <- nil
			}
		}
		select {
		case said <- errors.New(strings.Join(all, "\n")):
		default: // the one that waited has its answer
		}
	}()
	select {
	case err := <-said:
		return err
	case <-time.After(time.Minute):
		return errors.New("the server did not get ready within a minute")
	}
}

func stop() {
	if p := server.process; p != nil && p.Process != nil {
		_ = p.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = p.Wait()
	}
	if server.dir != "" {
		_ = os.RemoveAll(server.dir)
	}
}
