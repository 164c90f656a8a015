package prune_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/disk"
	"ingot/internal/distribute"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/prune"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	host    = "h-here"
	alive   = "arn:aws:imagebuilder:us-east-1:111122223333:image/alive/1.0.0/1"
	deleted = "arn:aws:imagebuilder:us-east-1:111122223333:image/deleted/1.0.0/1"
)

// rig is a data directory with a store, nodes, a region and logs.
type rig struct {
	t *testing.T
	prune.Config
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := &rig{t, prune.Config{
		Store: s, Host: host, Nodes: filepath.Join(dir, "nodes"), Logs: imagelog.Open(filepath.Join(dir, "logs")), Names: []string{region},
		Regions: distribute.Regions{
			Open: func(region string) (*blob.Local, error) { return blob.OpenLocal(filepath.Join(dir, region)) },
			Sync: func() error { return nil },
		},
		Unused: time.Hour,
	}}
	if err := os.Mkdir(r.Nodes, 0o700); err != nil {
		t.Fatal(err)
	}
	return r
}

// node makes a node with the given time since its last use.
func (r *rig) node(key string, ago time.Duration) {
	r.t.Helper()
	at := store.Timestamp(time.Now().Add(-ago))
	err := store.PutNode(r.t.Context(), r.Store.DB(), store.Node{Account: account, Host: host, Key: key, ImageARN: alive, MadeFrom: "{}", Created: at, Used: at})
	if err != nil {
		r.t.Fatal(err)
	}
	r.file(r.path(key))
}

func (r *rig) path(key string) string { return filepath.Join(r.Nodes, key+".raw") }

func (r *rig) file(path string) {
	r.t.Helper()
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) run() prune.Removed {
	r.t.Helper()
	removed, err := prune.Run(r.t.Context(), r.Config)
	if err != nil {
		r.t.Fatal(err)
	}
	return removed
}

// kept reports whether a node has row and file; it is a fault if it has only one of them.
func (r *rig) kept(key string) bool {
	r.t.Helper()
	_, err := store.NodeByKey(r.t.Context(), r.Store.DB(), host, account, key)
	_, missing := os.Stat(r.path(key))
	if errors.Is(err, store.ErrNoRows) != errors.Is(missing, fs.ErrNotExist) {
		r.t.Errorf("node %s: row %v, file %v", key, err, missing)
	}
	return err == nil
}

func (r *rig) image(arn string, status ingot.Status) {
	r.t.Helper()
	err := store.InsertImage(r.t.Context(), r.Store.DB(), account, region, &imagebuilder.Image{
		Arn: arn, State: &imagebuilder.ImageState{Status: string(status)}, DateCreated: store.Now(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestOldNodesGo(t *testing.T) {
	r := newRig(t)
	r.node("old", 2*time.Hour)
	r.node("young", time.Minute)
	r.file(r.path("stray"))
	removed := r.run()
	if r.kept("old") || !r.kept("young") || removed.Nodes != 1 || removed.Bytes == 0 {
		t.Errorf("%+v", removed)
	}
	if _, err := os.Stat(r.path("stray")); err == nil {
		t.Error("a file without a row is left")
	}
}

func TestNodesOfBuildsUnderWayStay(t *testing.T) {
	r := newRig(t)
	r.node("base", 2*time.Hour)
	r.node("old", 2*time.Hour)
	launch, err := json.Marshal(instance.Launch{Base: r.path("base")})
	if err == nil {
		err = store.PutInstance(t.Context(), r.Store.DB(), store.Instance{Account: account, Region: region, Host: host, ID: "i-1", Token: "m-1", Launch: string(launch)})
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.run(); !r.kept("base") || r.kept("old") {
		t.Error("the wrong node was removed")
	}
	r.node("own", 2*time.Hour)
	r.image(alive, ingot.Building)
	if r.run(); !r.kept("own") {
		t.Error("a node that a build under way made was removed")
	}
}

// TestSpaceIsWanted removes also recently used nodes, until there is enough space.
func TestSpaceIsWanted(t *testing.T) {
	r := newRig(t)
	for i, key := range []string{"c", "b", "a"} {
		r.node(key, time.Duration(i)*time.Minute)
	}
	r.MinFree = 1000
	r.Free = func() (int64, error) {
		left, err := filepath.Glob(filepath.Join(r.Nodes, "*.raw"))
		return int64(1200 - 200*len(left)), err
	}
	removed := r.run()
	if removed.Nodes != 2 || removed.Bytes != 400 || r.kept("a") || r.kept("b") || !r.kept("c") {
		t.Errorf("%+v", removed)
	}
}

// TestNodeThatIsChosenMeanwhile stays, though it was listed to be removed.
func TestNodeThatIsChosenMeanwhile(t *testing.T) {
	r := newRig(t)
	r.node("old", 2*time.Minute)
	r.node("chosen", time.Minute)
	r.MinFree = 1
	r.Free = func() (int64, error) { // is called between the list and the removal
		found, err := store.TouchNode(t.Context(), r.Store.DB(), host, account, "chosen")
		if !found {
			t.Error("it was removed before")
		}
		return 0, err
	}
	if removed := r.run(); removed.Nodes != 1 || r.kept("old") || !r.kept("chosen") {
		t.Errorf("%+v", removed)
	}
}

// TestOtherHostsAreLeftAlone removes no row of another host.
func TestOtherHostsAreLeftAlone(t *testing.T) {
	r := newRig(t)
	at := store.Timestamp(time.Now().Add(-2 * time.Hour))
	if err := store.PutNode(t.Context(), r.Store.DB(), store.Node{Account: account, Host: "h-there", Key: "theirs", Created: at, Used: at}); err != nil {
		t.Fatal(err)
	}
	if removed := r.run(); removed.Nodes != 0 {
		t.Errorf("%+v", removed)
	}
	if _, err := store.NodeByKey(t.Context(), r.Store.DB(), "h-there", account, "theirs"); err != nil {
		t.Error(err)
	}
}

func TestBlobsWithoutAMachineImageGo(t *testing.T) {
	r := newRig(t)
	s, err := r.Regions.Open(region)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, name := range []string{"needed", "orphan", "parent"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		blocks, err := disk.Digest(t.Context(), file, nil)
		if err == nil {
			err = s.Put(t.Context(), file, blocks)
		}
		if err != nil {
			t.Fatal(err)
		}
		digests[name] = blocks.Digest
	}
	err = store.PutAMI(t.Context(), r.Store.DB(), store.AMI{Account: account, Region: region, ID: "ami-1", Digest: digests["needed"], Created: store.Now()})
	if err != nil {
		t.Fatal(err)
	}
	r.image(alive, ingot.Pending) // its parent was deregistered after it was asked for
	if err := store.SetParent(t.Context(), r.Store.DB(), alive, region, digests["parent"]); err != nil {
		t.Fatal(err)
	}
	r.Young = time.Hour
	if removed := r.run(); removed.Blobs != 0 {
		t.Errorf("a young blob was removed: %+v", removed)
	}
	r.Young = 0
	removed := r.run()
	for _, name := range []string{"needed", "parent"} {
		if _, err := s.Path(digests[name]); err != nil || removed.Blobs != 1 {
			t.Errorf("%s: %+v, %v", name, removed, err)
		}
	}
}

func TestLogsOfDeletedImagesGo(t *testing.T) {
	r := newRig(t)
	r.image(alive, ingot.Available)
	for _, arn := range []string{alive, deleted} {
		log, err := r.Logs.Image(arn)
		if err != nil {
			t.Fatal(err)
		}
		log.End("AVAILABLE")
	}
	if removed := r.run(); removed.Logs != 1 || removed.Bytes == 0 {
		t.Errorf("%+v", removed)
	}
	log, err := r.Logs.Image(alive)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Read(context.Background(), false, func(imagelog.Entry) error { return errFound }); !errors.Is(err, errFound) {
		t.Error("the log of an image that is there was removed")
	}
}

var errFound = errors.New("found")
