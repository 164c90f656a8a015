package engine_test

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/engine/places"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// The next release must end the builds of an earlier one. What a release leaves is kept
// in testdata/release-COMMIT.tar.gz: the data directory of a server that was killed while
// it had builds in every stage, on machines that do nothing. To make that of the commit
// that is checked out:
//
//	go test ./internal/engine -run TestReleaseIsTakenUp/now -release testdata/release-$(git rev-parse --short HEAD).tar.gz
//
// The names of its images say how far they were.
var release = flag.String("release", "", "archive to write: what this release leaves when it is killed")

// plainRegions leave the names of machine images to the image.
var plainRegions = []imagebuilder.Distribution{
	{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{}},
	{Region: second, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{}},
}

// releaseDir is the folder in which a process of this test begins builds; it is then
// killed.
const releaseDir = "INGOT_ENGINE_TEST_RELEASE"

// originFile holds the name of the folder in which an archive was made, which paths in
// its rows begin with.
const originFile = "origin"

// holding are machines that report how far builds are and then wait.
func holding(reached chan<- string) memory.Config {
	return memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		text := run.Documents[len(run.Documents)-1].Data
		switch {
		case strings.Contains(text, "fail"):
			return memory.Fail(run, 0, "as it was told")
		case strings.Contains(text, "hold-"+run.Phases[0]):
			reached <- run.Phases[0]
			<-ctx.Done()
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}}
}

// serveUntilHeld begins builds, reports when each is where it is to be left, and waits
// for its end.
func serveUntilHeld(t *testing.T, dir string) {
	reached := make(chan string)
	r := &rig{t: t, dir: dir, hooks: holding(reached), limits: places.Limits{Turns: 3}}
	r.begin()
	build := func(name string, o order, lines ...string) string {
		for i, line := range lines {
			o.components = append(o.components, r.component(account, fmt.Sprintf("%s-%d", name, i+1), "1.0.0", document(line)))
		}
		o.name = name
		return r.start(o)
	}
	r.await(build("kept", order{keep: true}, "fail"))
	build("building", order{tests: true, regions: plainRegions}, "one", "hold-build", "three")
	<-reached
	build("testing", order{tests: true, regions: plainRegions}, "one", "hold-test")
	<-reached
	var distributing string
	sync := func() error {
		if distributing != "" && r.image(distributing).State.Status == "DISTRIBUTING" {
			reached <- "distribution"
			select {}
		}
		return nil
	}
	begin := r.prepare(order{name: "distributing", tests: true, regions: plainRegions, components: []string{r.component(account, "distributing-1", "1.0.0", document("one"))}})
	r.sync.Store(&sync)
	distributing = begin()
	<-reached
	build("begun", order{tests: true, regions: plainRegions}, "one") // and waits behind the three
	fmt.Println("up")
	select {}
}

// leave makes a folder as this release leaves it.
func leave(t *testing.T, dir string) {
	t.Helper()
	server := exec.Command(os.Args[0], "-test.run=^TestReleaseIsTakenUp$")
	server.Env = append(os.Environ(), releaseDir+"="+dir)
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "up" {
		said = append(said, lines.Text())
	}
	if lines.Text() != "up" {
		t.Fatalf("the server ended by itself:\n%s", strings.Join(said, "\n"))
	}
	if err := errors.Join(server.Process.Kill(), ignoreExit(server.Wait())); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, idle: true}
	r.open()
	r.start(order{name: "waiting", tests: true, regions: plainRegions, components: []string{r.component(account, "waiting-1", "1.0.0", document("one"))}})
	r.close()
	if err := os.WriteFile(filepath.Join(dir, originFile), []byte(dir), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ignoreExit ignores the error of a process that was killed.
func ignoreExit(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil
	}
	return err
}

// TestReleaseIsTakenUp ends the builds that an earlier release, or this one, left when it
// was killed.
func TestReleaseIsTakenUp(t *testing.T) {
	if dir := os.Getenv(releaseDir); dir != "" {
		serveUntilHeld(t, dir)
	}
	all, err := filepath.Glob("testdata/release-*.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	for _, archive := range all {
		t.Run(filepath.Base(archive), func(t *testing.T) { takeUp(t, archive) })
	}
	t.Run("now", func(t *testing.T) {
		archive := *release
		if archive == "" {
			archive = filepath.Join(t.TempDir(), "now.tar.gz")
		}
		dir := t.TempDir()
		leave(t, dir)
		if err := pack(dir, archive); err != nil {
			t.Fatal(err)
		}
		takeUp(t, archive)
	})
}

// takeUp opens the content of an archive and waits for the end of every build.
func takeUp(t *testing.T, archive string) {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	if err := unpack(archive, r.dir); err != nil {
		t.Fatal(err)
	}
	r.move()
	images := map[string]string{"building": "BUILDING", "testing": "TESTING", "distributing": "DISTRIBUTING", "begun": "PENDING", "waiting": "PENDING"}
	arn := func(name string) string {
		return fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/%s/1.0.0/1", region, account, name)
	}
	r.peek(func(s *store.Store) {
		for name, want := range images {
			if image, err := store.ImageByARN(t.Context(), s.DB(), arn(name)); err != nil || image.State.Status != want {
				t.Errorf("before: %s is not %s: %v", name, want, err)
			}
		}
	})
	r.open()
	for name := range images {
		r.available(arn(name))
		r.consistent(r.store, arn(name), "AVAILABLE")
	}
	left := r.instances()
	if len(left) != 1 || !left[0].Kept || !strings.Contains(left[0].ImageARN, "image/kept/") {
		t.Errorf("instances are left: %+v", left)
	}
}

// move makes the rows of an archive name its present folder, and running steps begin now,
// so that their time is not over.
func (r *rig) move() {
	r.t.Helper()
	origin, err := os.ReadFile(filepath.Join(r.dir, originFile))
	if err != nil {
		r.t.Fatal(err)
	}
	db, err := store.OpenSQLite(context.Background(), filepath.Join(r.dir, "ingot.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = db.DB().Exec(context.Background(), `UPDATE instances SET launch = replace(launch, $1, $2)`, string(origin), r.dir)
	if err == nil {
		_, err = db.DB().Exec(context.Background(), `UPDATE step_executions SET started = $1 WHERE status = 'RUNNING'`, store.Now())
	}
	if err := errors.Join(err, db.Close()); err != nil {
		r.t.Fatal(err)
	}
}

// pack writes a folder into an archive, equal disks once.
func pack(dir, archive string) (err error) {
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(z)
	same := map[string]string{} // digest of a disk: its first name
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return packFile(w, path, name, same)
	})
	return errors.Join(err, w.Close(), z.Close(), f.Close())
}

func packFile(w *tar.Writer, path, name string, same map[string]string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), Typeflag: tar.TypeReg}
	if strings.HasSuffix(name, ".raw") {
		blocks, err := disk.Digest(context.Background(), path, nil)
		if err != nil {
			return err
		}
		if first, seen := same[blocks.Digest]; seen {
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
			return w.WriteHeader(h)
		}
		same[blocks.Digest] = name
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// unpack writes an archive into a folder. Equal disks become separate files.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackFile(r, h, dir); err != nil {
			return err
		}
	}
}

func unpackFile(r io.Reader, h *tar.Header, dir string) error {
	path := filepath.Join(dir, h.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeLink {
		return disk.Clone(context.Background(), filepath.Join(dir, h.Linkname), path)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
