package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/disk"
	"ingot/internal/distribute"
	"ingot/internal/engine"
	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/places"
	"ingot/internal/engine/step"
	"ingot/internal/imagelog"
	"ingot/internal/machine"
	"ingot/internal/machine/memory"
	"ingot/internal/service"
	"ingot/internal/store"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	second  = "eu-west-1"
	hostID  = "h-rig"
)

// rig is an engine with its service over machines of memory. Everything else is
// real: database, durable steps, disks, logs.
type rig struct {
	t       testing.TB
	gpt     bool          // the parent has a partition table
	limits  places.Limits // of all machines; 0 means no bound, and 4 turns
	largest int           // MiB of one instance, 4096 when 0
	room    atomic.Pointer[func() (int64, error)]
	fits    atomic.Pointer[func(int64) error]
	keeps   time.Duration // how long instances are kept, a day when 0
	clock   engine.Clock
	actions map[string]step.Spec
	tracer  pgx.QueryTracer              // traces PostgreSQL's queries; may be nil
	idle    bool                         // builds are accepted and do not begin
	ahead   atomic.Int64                 // how far the clock of nodes is ahead
	chosen  atomic.Pointer[func()]       // called when the age of a node is asked for, after its row was read
	sync    atomic.Pointer[func() error] // called when something is put on stable storage
	space   atomic.Pointer[func() error] // called for space
	nodes   disk.Nodes                   // that disks have when they are sealed
	qemu    *memory.Config               // hooks of real machines, when they differ
	destroy atomic.Pointer[func() error] // called before a machine is destroyed
	dir     string
	dsn     string // of a PostgreSQL database; empty: SQLite in the folder
	hooks   memory.Config
	store   *store.Store
	logs    *imagelog.Logs
	engine  *engine.Engine
	service *service.Service
	backend *memory.Backend
	ended   chan string // ARN and status of images that came to an end
	made    int
}

// newRig starts an engine in a fresh folder, with a parent image in its catalogue.
func newRig(t testing.TB, hooks memory.Config) *rig {
	t.Helper()
	return (&rig{t: t, dir: t.TempDir(), hooks: hooks}).begin()
}

func (r *rig) begin() *rig {
	r.t.Helper()
	r.open()
	r.addParent()
	return r
}

// ask calls a hook that may be set.
func ask(hook *atomic.Pointer[func() error]) func() error {
	return func() error {
		if f := hook.Load(); f != nil {
			return (*f)()
		}
		return nil
	}
}

// roomLeft returns how much may still be written: without a hook 1 PiB.
func (r *rig) roomLeft() (int64, error) {
	if f := r.room.Load(); f != nil {
		return (*f)()
	}
	return 1 << 50, nil
}

// fit returns an error for a disk that is too large: without a hook no disk is.
func (r *rig) fit(bytes int64) error {
	if f := r.fits.Load(); f != nil {
		return (*f)(bytes)
	}
	return nil
}

func (r *rig) now() time.Time {
	if f := r.chosen.Load(); f != nil {
		(*f)()
	}
	return time.Now().Add(time.Duration(r.ahead.Load()))
}

// backends are two kinds of machines that share a folder.
func (r *rig) backends() map[string]machine.Backend {
	all := map[string]machine.Backend{"sandbox": destroyer{r.backend, r}, "qemu": r.backend}
	if r.qemu != nil {
		r.qemu.Dir = r.hooks.Dir
		all["qemu"] = memory.New(*r.qemu)
	}
	return all
}

// destroyer is a backend that may fail to destroy a machine.
type destroyer struct {
	machine.Backend
	r *rig
}

func (d destroyer) Destroy(ctx context.Context, token string) error {
	if err := ask(&d.r.destroy)(); err != nil {
		return err
	}
	return d.Backend.Destroy(ctx, token)
}

// open opens the folder anew, as a server does at its start.
func (r *rig) open() {
	r.t.Helper()
	ctx := context.Background()
	r.store = r.openStore()
	r.hooks.Dir = r.folder("machines")
	r.backend = memory.New(r.hooks)
	r.logs = imagelog.Open(filepath.Join(r.dir, "logs"))
	r.ended = make(chan string, 100)
	logger := slog.New(slog.NewTextHandler(testWriter{r.t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	r.engine, err = engine.New(ctx, engine.Config{
		Store: r.store, Logs: r.logs, Logger: logger, Data: r.dir, Catalog: service.Catalog{}, CacheMaxAge: time.Hour,
		Limits: places.Limits{Turns: cmp.Or(r.limits.Turns, 4), CPUs: cmp.Or(r.limits.CPUs, 1000), MemoryMiB: cmp.Or(r.limits.MemoryMiB, 1<<20)},
		Room:   r.roomLeft, KeepMachines: cmp.Or(r.keeps, 24*time.Hour), Clock: r.clock, Actions: r.actions,
		OnEnd:     func(image string, s ingot.Status) { r.ended <- image + " " + string(s) },
		PartFiles: []string{filepath.Join(r.dir, "regions", "*", "*.part")},
		Build: call.Build{
			Store: r.store, Regions: r.regions(), TestBackend: "qemu", KernelBackend: "qemu",
			Allowance: 512 << 20,
			Host: &instance.Host{
				ID: hostID, Store: r.store, Dir: r.hooks.Dir, Default: func() string { return "sandbox" }, Limits: instance.Size{CPUs: 2, MemoryMiB: cmp.Or(r.largest, 4096)},
				Backends: r.backends(),
			},
			RemoveNodes: func(context.Context, string) (disk.Nodes, error) { return r.nodes, nil },
			Nodes:       &nodes.Nodes{Store: r.store, Host: hostID, Dir: r.folder("nodes"), Now: r.now, CheckSpace: ask(&r.space), Fits: r.fit, Sync: ask(&r.sync)},
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.service = service.New(service.Config{Store: r.store, Builder: r.engine, Logger: logger})
	if !r.idle {
		if err := r.engine.Launch(ctx); err != nil {
			r.t.Fatal(err)
		}
	}
	r.t.Cleanup(r.close)
}

// openStore opens the database, as every process does.
func (r *rig) openStore() *store.Store {
	r.t.Helper()
	s, err := r.tryStore()
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) tryStore() (*store.Store, error) {
	if r.dsn == "" {
		return store.OpenSQLite(context.Background(), filepath.Join(r.dir, "ingot.db"))
	}
	c, err := pgxpool.ParseConfig(r.dsn)
	if err != nil {
		return nil, err
	}
	c.ConnConfig.Tracer = r.tracer
	return store.OpenPostgresPool(context.Background(), c)
}

// close ends the engine, as the end of a server does. Machines run on.
func (r *rig) close() {
	if r.store == nil {
		return
	}
	r.engine.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
	r.store = nil
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", strings.TrimSpace(string(p)))
	return len(p), nil
}

func (r *rig) folder(name string) string {
	dir := filepath.Join(r.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	return dir
}

func (r *rig) regions() distribute.Regions {
	return distribute.Regions{
		Open: func(region string) (*blob.Local, error) {
			return blob.OpenLocal(filepath.Join(r.dir, "regions", region))
		},
		Sync: ask(&r.sync),
	}
}

func (r *rig) tool(in, name string, args ...string) {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// partitioned makes a disk with one partition that holds the root.
func (r *rig) partitioned(file string) {
	r.t.Helper()
	err := os.WriteFile(file, nil, 0o600)
	if err == nil {
		err = os.Truncate(file, parentMiB<<20)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.tool("label: gpt\nstart=2048, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709\n", "sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", file)
	r.tool("", "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-E", "offset=1048576,lazy_itable_init=0,lazy_journal_init=0", file, fmt.Sprint((parentMiB-2)<<20/4096))
}

// parentMiB is the size of the parent's disk.
const parentMiB = 16

// addParent adds a parent image with the smallest disk that can be built on: only a file system.
func (r *rig) addParent() {
	r.t.Helper()
	file := filepath.Join(r.dir, "parent.raw")
	if r.gpt {
		r.partitioned(file)
	} else {
		r.tool("", "mke2fs", "-q", "-F", "-t", "ext4", "-d", r.folder("tree"), file, fmt.Sprintf("%dM", parentMiB))
	}
	ctx := context.Background()
	blocks, err := disk.Digest(ctx, file, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := r.regions().Open(region)
	if err == nil {
		err = s.Put(ctx, file, blocks)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	err = r.store.Update(ctx, func(tx *store.Tx) error {
		_, err := service.RegisterManagedImage(ctx, tx, region, service.Registration{
			Name: "debian-12-x86", Version: "12.0.0", OSVersion: "Debian 12", Digest: blocks.Digest, Size: blocks.Size, Architecture: "x86_64",
		})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// as returns the context of a caller.
func as(account string) context.Context {
	return caller.With(context.Background(), caller.Identity{Account: account, Region: region, ARN: "arn:aws:iam::" + account + ":user/test"})
}

func token() string { return uuid.NewString() }

func ptr[T any](v T) *T { return &v }

// endTime bounds a build on machines that do nothing.
const endTime = time.Minute

// await waits for the end of a build and returns the image.
func (r *rig) await(arn string) *imagebuilder.Image {
	r.t.Helper()
	late := time.After(endTime)
	for {
		select {
		case got := <-r.ended:
			if strings.HasPrefix(got, arn+" ") {
				return r.image(arn)
			}
			r.ended <- got // another image's
		case <-late:
			r.t.Fatalf("%s did not come to its end:\n%s", arn, r.log(arn))
		}
	}
}

func (r *rig) image(arn string) *imagebuilder.Image {
	r.t.Helper()
	image, err := store.ImageByARN(context.Background(), r.store.DB(), arn)
	if err != nil {
		r.t.Fatal(err)
	}
	return image
}

// available waits for a build that must end well.
func (r *rig) available(arn string) *imagebuilder.Image {
	r.t.Helper()
	image := r.await(arn)
	if image.State.Status != "AVAILABLE" {
		r.t.Fatalf("%s is %s: %s\n%s", arn, image.State.Status, image.State.Reason, r.log(arn))
	}
	return image
}

func (r *rig) log(arn string) string {
	log, err := r.logs.Image(arn)
	if err != nil {
		return err.Error()
	}
	entries, err := log.Tail(200)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s: %s\n", e.Source, e.Text)
	}
	return b.String()
}

// steps returns the step executions of all workflows of an image, in order.
func (r *rig) steps(arn string) (all []store.StepExecution) {
	r.t.Helper()
	a, err := ingot.ParseARN(arn)
	if err != nil {
		r.t.Fatal(err)
	}
	executions, err := store.Executions(context.Background(), r.store.DB(), a.Owner, a.Region, arn)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range executions {
		steps, err := store.Steps(context.Background(), r.store.DB(), a.Owner, a.Region, e.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, steps...)
	}
	return all
}

// instances lists the rows of instances.
func (r *rig) instances() []store.Instance {
	r.t.Helper()
	all, err := store.Instances(context.Background(), r.store.DB(), hostID)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// needLoops skips where disks cannot be grown.
func needLoops(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk is grown on a loop device, which needs root")
	}
}
