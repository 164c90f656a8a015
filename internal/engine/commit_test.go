package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"

	"ingot/api/imagebuilder"
	"ingot/internal/engine/places"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// The variables of a process of TestKilledAtEveryCommit: its folder, its database, and
// the commit at which it dies.
const (
	commitDir = "INGOT_ENGINE_TEST_COMMIT_DIR"
	commitDSN = "INGOT_ENGINE_TEST_COMMIT_DSN"
	commitNow = "INGOT_ENGINE_TEST_COMMIT"
)

// leastCommits is how many commits a build has at least: with fewer kills the test proves
// nothing.
const leastCommits = 40

// deadline ends this process at a commit.
type deadline struct{ left atomic.Int64 }

// count is called at every commit. Before it is armed it counts nothing.
func (d *deadline) count() {
	if d.left.Load() > 0 && d.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// onSQLite counts every commit before it is done.
func (d *deadline) onSQLite() {
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 { d.count(); return 0 })
		return nil
	})
}

// TraceQueryStart implements [pgx.QueryTracer].
func (d *deadline) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd counts every commit on PostgreSQL when it is done and its caller does not
// know yet: of a transaction, or of a single statement.
func (d *deadline) TraceQueryEnd(_ context.Context, c *pgx.Conn, q pgx.TraceQueryEndData) {
	const idle = 'I'
	tag := q.CommandTag
	if q.Err == nil && c.PgConn().TxStatus() == idle && (tag.Insert() || tag.Update() || tag.Delete() || tag.String() == "COMMIT") {
		d.count()
	}
}

// commitRig is a rig whose builds have every stage.
func commitRig(t testing.TB, dir, dsn string) *rig {
	return &rig{t: t, dir: dir, dsn: dsn, limits: places.Limits{Turns: 2}}
}

const orderFile = "order.json"

// diesAt starts the build whose order is in the folder, and dies at a commit of it. If it
// survives, it says so.
func diesAt(t *testing.T, dir, dsn string, commit int64) {
	d := &deadline{}
	d.onSQLite()
	r := commitRig(t, dir, dsn)
	r.tracer = d
	r.open()
	d.left.Store(commit)
	arn := r.askAgain()
	r.available(arn)
	d.left.Store(0)
	fmt.Println("lives")
	os.Exit(0)
}

// askAgain starts the build whose order is in the folder. Calling it again has no effect.
func (r *rig) askAgain() string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, orderFile))
	var in imagebuilder.CreateImageInput
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := r.service.CreateImage(as(account), &in)
	if err != nil {
		r.t.Fatal(err)
	}
	return out.ImageBuildVersionArn
}

// TestKilledAtEveryCommit kills a server at the first commit of a build, at the second, and
// so on to the last, and sees the next one bring it to its end. On SQLite the commit is
// lost, on PostgreSQL it is done.
func TestKilledAtEveryCommit(t *testing.T) {
	if text := os.Getenv(commitNow); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		diesAt(t, os.Getenv(commitDir), os.Getenv(commitDSN), n)
	}
	if testing.Short() {
		t.Skip("-short: some hundred processes are started and killed")
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := template(t, "")
		atEveryCommit(t, func() *rig { return commitRig(t, copied(t, dir), "") })
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := storetest.Postgres(t)
		dir := template(t, dsn)
		atEveryCommit(t, func() *rig { return commitRig(t, copied(t, dir), storetest.Copy(t, dsn)) })
	})
}

// template makes the data of a server that is asked for a build next.
func template(t *testing.T, dsn string) string {
	t.Helper()
	r := commitRig(t, t.TempDir(), dsn)
	r.begin()
	in, err := r.input(&order{name: "built", tests: true, regions: plainRegions, components: []string{
		r.component(account, "one", "1.0.0", document("one")), r.component(account, "two", "1.0.0", document("two")),
	}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(in)
	if err == nil {
		err = os.WriteFile(filepath.Join(r.dir, orderFile), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.close()
	return r.dir
}

// copied returns a copy of a folder; disks keep their holes.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if out, err := exec.Command("cp", "-a", "--sparse=always", dir+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

// atEveryCommit kills until one lives on.
func atEveryCommit(t *testing.T, fresh func() *rig) {
	t.Helper()
	met := 0
	for commit := int64(1); ; commit++ {
		r := fresh()
		if !r.dies(commit) {
			break
		}
		met++
		r.open()
		arn := r.askAgain() // as its client would that had no answer
		if r.image(arn).State.Status != "AVAILABLE" {
			r.available(arn)
		}
		r.whole(arn)
		r.close()
		if err := os.RemoveAll(r.dir); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("after a kill at commit %d", commit)
		}
	}
	if t.Logf("killed at %d commits", met); met < leastCommits {
		t.Errorf("only %d kills met the build", met)
	}
}

// dies runs a server that dies at a commit, and reports whether it did.
func (r *rig) dies(commit int64) bool {
	r.t.Helper()
	server := exec.Command(os.Args[0], "-test.run=^TestKilledAtEveryCommit$")
	server.Env = append(os.Environ(), commitDir+"="+r.dir, commitDSN+"="+r.dsn, commitNow+"="+strconv.FormatInt(commit, 10))
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := server.CombinedOutput()
	if err == nil && strings.Contains(string(out), "lives") {
		return false
	}
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		r.t.Fatalf("the server ended by itself at commit %d: %v\n%s", commit, err, out)
	}
	r.peek(func(s *store.Store) { r.consistent(s, r.built(), r.stands(s)) })
	return true
}

// built is the ARN that the build has if it was accepted.
func (r *rig) built() string {
	return fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/built/1.0.0/1", region, account)
}

// stands is the state of the build, or nothing.
func (r *rig) stands(s *store.Store) string {
	r.t.Helper()
	image, err := store.ImageByARN(context.Background(), s.DB(), r.built())
	if errors.Is(err, store.ErrNoRows) {
		return ""
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return image.State.Status
}
