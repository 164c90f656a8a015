package nodes_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

const parentMiB = 16

// newNodes makes an empty folder of nodes, and a parent image.
func newNodes(t *testing.T) (n *nodes.Nodes, parent string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk is grown on a loop device, which needs root")
	}
	dir := t.TempDir()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	parent = filepath.Join(dir, "parent.raw")
	if out, err := exec.Command("mke2fs", "-q", "-F", "-t", "ext4", parent, "16M").CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v\n%s", err, out)
	}
	free := func() error { return nil }
	n = &nodes.Nodes{Store: s, Host: "h-here", Dir: filepath.Join(dir, "nodes"), Now: time.Now, CheckSpace: free, Fits: func(int64) error { return nil }, Sync: free}
	if err := os.Mkdir(n.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return n, parent
}

func larger(account string) *plan.Plan {
	return &plan.Plan{
		Account: account, RootBytes: 256 << 20, Parent: plan.Parent{Digest: "sha256:1", Size: parentMiB << 20},
		Components: []plan.Component{{ARN: "one", Data: "one"}},
	}
}

// TestFirstDiskForManyAtOnce grows the volume once for builds that need it at
// the same time.
func TestFirstDiskForManyAtOnce(t *testing.T) {
	n, parent := newNodes(t)
	made := make(chan os.FileInfo, 8)
	var all sync.WaitGroup
	for range cap(made) {
		all.Go(func() {
			first, err := n.FirstDisk(t.Context(), larger("1"), parent)
			if err == nil {
				err = disk.Check(t.Context(), first.Path)
			}
			info, missing := os.Stat(first.Path)
			if err != nil || missing != nil || info.Size() != 256<<20 {
				t.Errorf("%+v: %v, %v, %v", first, info, err, missing)
			}
			made <- info
		})
	}
	all.Wait()
	first := <-made
	for range cap(made) - 1 {
		if !os.SameFile(first, <-made) {
			t.Error("the volume was made more than once")
		}
	}
	if left, err := filepath.Glob(filepath.Join(n.Dir, "*.raw.*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestAccountsShareNoDisk separates what accounts make and prune.
func TestAccountsShareNoDisk(t *testing.T) {
	n, parent := newNodes(t)
	one, err := n.FirstDisk(t.Context(), larger("1"), parent)
	if err != nil {
		t.Fatal(err)
	}
	two, err := n.FirstDisk(t.Context(), larger("2"), parent)
	if err != nil || one.Path == two.Path {
		t.Errorf("both have %s, %v", one.Path, err)
	}
	if nodes.OfComponent(larger("1"), 0, "p", "sandbox").Key() == nodes.OfComponent(larger("2"), 0, "p", "sandbox").Key() {
		t.Error("both have the same node of a component")
	}
}

// TestNodesOfABuildWithoutTheCache serve only that build: another one that runs at the
// same time does not replace them.
func TestNodesOfABuildWithoutTheCache(t *testing.T) {
	first, second := larger("1"), larger("1")
	first.Image, second.Image = "first", "second"
	for _, p := range []*plan.Plan{first, second} {
		p.Cache = plan.Cache{Off: true, Why: "it is off"}
	}
	if nodes.OfComponent(first, 0, "p", "sandbox").Key() == nodes.OfComponent(second, 0, "p", "sandbox").Key() {
		t.Error("both builds have the same node")
	}
}
