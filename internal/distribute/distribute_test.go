package distribute_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/disk"
	"ingot/internal/distribute"
)

const (
	east = "us-east-1"
	west = "eu-west-1"
)

// rig is a host with regions, and counts how often what was written was synced.
type rig struct {
	distribute.Regions
	dir    string
	synced int
}

func newRig(t *testing.T) *rig {
	r := &rig{dir: t.TempDir()}
	r.Regions = distribute.Regions{
		Open: func(region string) (*blob.Local, error) { return blob.OpenLocal(filepath.Join(r.dir, region)) },
		Sync: func() error { r.synced++; return nil },
	}
	return r
}

// machineDisk makes a disk with an ext4 file system and one file.
func machineDisk(t testing.TB, text string) string {
	t.Helper()
	tree, path := t.TempDir(), filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(filepath.Join(tree, "page"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", "-d", tree, path, "16M").CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v: %s", err, out)
	}
	return path
}

func (r *rig) seal(t *testing.T, region, file, parent string) string {
	t.Helper()
	digest, size, err := r.Seal(t.Context(), region, file, parent)
	if err != nil {
		t.Fatal(err)
	}
	if size != 16<<20 {
		t.Errorf("the size is %d", size)
	}
	return digest
}

// whole says that the file of a region's image is found by its digest and has it.
func (r *rig) whole(t *testing.T, region, digest string) {
	t.Helper()
	path, err := r.Path(region, digest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := disk.Digest(t.Context(), path, nil)
	if err != nil || b.Digest != digest {
		t.Errorf("%s: the file has the digest %s, want %s: %v", region, b.Digest, digest, err)
	}
	if err := disk.Check(t.Context(), path); err != nil {
		t.Errorf("%s: %v", region, err)
	}
}

// TestImageIsBytes looks for the sealed disk without any of our own code but the
// digest: the file is named by it.
func TestImageIsBytes(t *testing.T) {
	r, file := newRig(t), machineDisk(t, "one")
	digest := r.seal(t, east, file, "")
	r.whole(t, east, digest)
	if r.synced != 1 {
		t.Errorf("synced %d times", r.synced)
	}
	found, err := filepath.Glob(filepath.Join(r.dir, east, "*"+strings.TrimPrefix(digest, "sha256:")+".raw"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v: %v", found, err)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(found[0]); err != nil || string(got) != string(want) {
		t.Errorf("the bytes differ: %v", err)
	}
}

// TestSealAgain seals the same disk twice, as a build does that was killed between
// the seal and its row.
func TestSealAgain(t *testing.T) {
	r, file := newRig(t), machineDisk(t, "one")
	first := r.seal(t, east, file, "")
	if second := r.seal(t, east, file, first); second != first {
		t.Errorf("%s, then %s", first, second)
	}
	if r.synced != 2 {
		t.Errorf("synced %d times", r.synced)
	}
}

// TestParentMakesNoDifference seals a changed clone with the parent's digests,
// without them, and with a parent that this region does not have.
func TestParentMakesNoDifference(t *testing.T) {
	r, file := newRig(t), machineDisk(t, "one")
	parent := r.seal(t, east, file, "")
	child := filepath.Join(t.TempDir(), "child.raw")
	if err := disk.Clone(t.Context(), file, child); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("debugfs", "-w", "-R", "mkdir /changed", child).CombinedOutput(); err != nil {
		t.Fatalf("debugfs: %v: %s", err, out)
	}
	with, without, foreign := r.seal(t, east, child, parent), r.seal(t, "a", child, ""), r.seal(t, west, child, parent)
	if with != without || with != foreign || with == parent {
		t.Errorf("with the parent %s, without %s, elsewhere %s, the parent itself %s", with, without, foreign, parent)
	}
	r.whole(t, east, with)
	r.whole(t, east, parent)
}

func TestDamageIsNotSealed(t *testing.T) {
	r, file := newRig(t), machineDisk(t, "one")
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, 1<<20), 64<<10)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Seal(t.Context(), east, file, ""); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file system: %v", err)
	}
	if err := os.WriteFile(file, []byte("rm -rf / was thorough"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Seal(t.Context(), east, file, ""); err == nil || !strings.Contains(err.Error(), "not a disk image") {
		t.Errorf("no disk: %v", err)
	}
	if files, err := filepath.Glob(filepath.Join(r.dir, "*", "*")); err != nil || len(files) > 0 {
		t.Errorf("stored: %v, %v", files, err)
	}
}

// TestRegionsAreApart deletes, and then spoils, the image of one region: the other's
// is as it was.
func TestRegionsAreApart(t *testing.T) {
	r := newRig(t)
	digest := r.seal(t, east, machineDisk(t, "one"), "")
	if err := r.Copy(t.Context(), east, west, digest); err != nil {
		t.Fatal(err)
	}
	if r.synced != 2 {
		t.Errorf("synced %d times", r.synced)
	}
	r.whole(t, west, digest)
	path, err := r.Path(east, digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.whole(t, west, digest)
	s, err := r.Open(east)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Path(east, digest); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("deleted in %s: %v", east, err)
	}
	r.whole(t, west, digest)
	if err := r.Copy(t.Context(), west, east, digest); err != nil {
		t.Fatal(err)
	}
	r.whole(t, east, digest)
}

func TestCopyOfAMissingDisk(t *testing.T) {
	r := newRig(t)
	if err := r.Copy(t.Context(), east, west, "sha256:"+strings.Repeat("0", 64)); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("no such image: %v", err)
	}
}

// TestAFailedSyncIsNotStored wants an error of the last fsync to reach the build.
func TestAFailedSyncIsNotStored(t *testing.T) {
	r, full := newRig(t), errors.New("no space left on device")
	digest := r.seal(t, east, machineDisk(t, "one"), "")
	r.Sync = func() error { return full }
	if _, _, err := r.Seal(t.Context(), east, machineDisk(t, "two"), ""); !errors.Is(err, full) {
		t.Errorf("Seal: %v", err)
	}
	if err := r.Copy(t.Context(), east, west, digest); !errors.Is(err, full) {
		t.Errorf("Copy: %v", err)
	}
}
