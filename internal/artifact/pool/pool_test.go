package pool_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/pool"
)

func TestMountedWhileUsed(t *testing.T) {
	data := outer(t, "ext4", 5)
	write(t, filepath.Join(data, "pool.img.killed.part"), 1<<20)
	p := open(t, data)
	if half, err := filepath.Glob(filepath.Join(data, "*.part")); err != nil || len(half) > 0 {
		t.Errorf("an unfinished file is left: %v, %v", half, err)
	}
	if p.Kind() != pool.KindXFS || !disk.CanShare(p.Dir()) {
		t.Fatalf("kind %q, shares blocks: %v", p.Kind(), disk.CanShare(p.Dir()))
	}
	write(t, filepath.Join(p.Dir(), "kept"), 1<<20)
	if err := errors.Join(p.CheckSpace(), p.Sync()); err != nil {
		t.Fatal(err)
	}
	shut(t, p)
	if mounted(t, data) || loops(t, data) != 0 {
		t.Fatal("the pool is still mounted or attached after its last user")
	}
	if info := stat(t, filepath.Join(data, "pool.img")); info.Blocks*512 < info.Size {
		t.Errorf("pool.img has holes: %d of %d bytes", info.Blocks*512, info.Size)
	}
	p = open(t, data)
	stat(t, filepath.Join(p.Dir(), "kept"))
	shut(t, p)
}

// TestThePoolIsNodevAndNosuid checks the flags of a fresh mount, and of one that an
// earlier release left without flags.
func TestThePoolIsNodevAndNosuid(t *testing.T) {
	data := outer(t, "ext4", 5)
	first := open(t, data)
	flags := func() int64 {
		var s unix.Statfs_t
		if err := unix.Statfs(first.Dir(), &s); err != nil {
			t.Fatal(err)
		}
		return s.Flags & (unix.ST_NODEV | unix.ST_NOSUID)
	}
	const want = unix.ST_NODEV | unix.ST_NOSUID
	if flags() != want {
		t.Errorf("a fresh mount has %x of %x", flags(), want)
	}
	if err := unix.Mount("", first.Dir(), "", unix.MS_REMOUNT|unix.MS_BIND, ""); err != nil || flags() != 0 {
		t.Fatal(flags(), err)
	}
	second := open(t, data)
	if flags() != want {
		t.Errorf("an earlier mount has %x of %x", flags(), want)
	}
	shut(t, second)
	shut(t, first)
}

// TestKindsOfFolders opens pools without a file system of their own.
func TestKindsOfFolders(t *testing.T) {
	xfs, ext := outer(t, "xfs", 3), outer(t, "ext4", 1)
	if err := os.MkdirAll(filepath.Join(ext, "pool/nodes"), 0o700); err != nil {
		t.Fatal(err)
	}
	for data, kind := range map[string]string{xfs: pool.KindShared, ext: pool.KindCopies} {
		p := open(t, data)
		if p.Kind() != kind {
			t.Errorf("kind %q, want %q", p.Kind(), kind)
		}
		if err := p.Sync(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(data, "pool.img")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: pool.img was made: %v", kind, err)
		}
		shut(t, p)
	}
}

// TestTakes checks that disks for which there is no room are refused.
func TestTakes(t *testing.T) {
	p := open(t, outer(t, "xfs", 3))
	defer shut(t, p)
	for _, c := range []struct {
		size, data int64
		full, fits bool
	}{
		{1 << 30, 1 << 30, false, true},
		{2 << 30, 0, false, true}, // sparse
		{2 << 30, 2900 << 20, true, false},
		{100 << 40, 0, false, false},
	} {
		err := p.Takes(c.size, c.data)
		if (err == nil) != c.fits || errors.Is(err, pool.ErrFull) != c.full {
			t.Errorf("Takes(%d, %d) = %v", c.size, c.data, err)
		}
	}
}

func TestOuterTooSmall(t *testing.T) {
	data := outer(t, "ext4", 2)
	_, err := pool.Open(t.Context(), data)
	if !errors.Is(err, pool.ErrFull) || !strings.Contains(err.Error(), "--data") {
		t.Fatalf("error: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(data, "pool.img*")); len(files) > 0 {
		t.Errorf("left over: %v", files)
	}
}

// TestFullOuterLosesNothing fills the outer file system to the last byte. Builds are
// refused, stored files keep their digests, and what is still written into the pool is
// whole after the next mount.
func TestFullOuterLosesNothing(t *testing.T) {
	data := outer(t, "ext4", 4)
	p := open(t, data)
	before, after := filepath.Join(p.Dir(), "before"), filepath.Join(p.Dir(), "after")
	stored := digest(t, write(t, before, 64<<20))
	if err := errors.Join(p.CheckSpace(), p.Sync()); err != nil {
		t.Fatal(err)
	}
	fill(t, data, 0)
	if err := p.CheckSpace(); !errors.Is(err, pool.ErrFull) {
		t.Fatalf("CheckSpace on a full outer file system: %v", err)
	}
	late := digest(t, write(t, after, 256<<20))
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	shut(t, p)
	p = open(t, data)
	defer shut(t, p)
	for file, want := range map[string]disk.Blocks{before: stored, after: late} {
		if err := disk.Verify(t.Context(), file, &want); err != nil {
			t.Error(err)
		}
	}
}

func TestFullPoolGrowsOrRefuses(t *testing.T) {
	data := outer(t, "ext4", 21)
	p := open(t, data)
	defer shut(t, p)
	size := func() int64 { return stat(t, filepath.Join(data, "pool.img")).Size }
	if size() != 12<<30 {
		t.Fatalf("the pool begins with %d bytes", size())
	}
	fill(t, p.Dir(), 3<<30) // enough for a build, but machines go on writing
	if err := p.CheckSpace(); err != nil || size() != 16<<30 {
		t.Fatalf("after the growth: %d bytes, %v", size(), err)
	}
	fill(t, p.Dir(), 1<<30)
	if err := p.CheckSpace(); err != nil || size() <= 16<<30 || size() >= 20<<30 {
		t.Fatalf("after the growth to the reserve: %d bytes, %v", size(), err)
	}
	if free, _ := p.Free(); free < 2<<30 {
		t.Errorf("%d bytes are free", free)
	}
	fill(t, p.Dir(), 1<<30)
	if err := p.CheckSpace(); !errors.Is(err, pool.ErrFull) || !strings.Contains(err.Error(), "prune") {
		t.Fatalf("CheckSpace of a full pool: %v", err)
	}
}

// TestGrowthThatWasCutOff opens a pool whose file is larger than its file system.
func TestGrowthThatWasCutOff(t *testing.T) {
	data := outer(t, "ext4", 5)
	p := open(t, data)
	before, _ := p.Free()
	shut(t, p)
	image := filepath.Join(data, "pool.img")
	if err := os.Truncate(image, stat(t, image).Size+256<<20); err != nil {
		t.Fatal(err)
	}
	p = open(t, data)
	defer shut(t, p)
	if after, _ := p.Free(); after < before+200<<20 {
		t.Errorf("free before %d, after %d", before, after)
	}
	if err := p.CheckSpace(); err != nil {
		t.Fatal(err)
	}
	if info := stat(t, image); info.Blocks*512 < info.Size {
		t.Errorf("the added part has holes: %d of %d bytes", info.Blocks*512, info.Size)
	}
}

func TestUserIsKilled(t *testing.T) {
	data := outer(t, "ext4", 5)
	user := startUser(t, data)
	user.kill(t)
	if !mounted(t, data) {
		t.Fatal("the kill unmounted the pool")
	}
	p := open(t, data)
	stat(t, filepath.Join(p.Dir(), "user"))
	shut(t, p)
	if mounted(t, data) || loops(t, data) != 0 {
		t.Fatal("the pool is still mounted")
	}
}

// TestLoopWithoutMount opens what a kill between attaching and mounting leaves.
func TestLoopWithoutMount(t *testing.T) {
	data := outer(t, "ext4", 5)
	shut(t, open(t, data))
	if _, err := disk.Attach(filepath.Join(data, "pool.img")); err != nil {
		t.Fatal(err)
	}
	p := open(t, data)
	if n := loops(t, data); n != 1 {
		t.Errorf("%d loop devices on pool.img", n)
	}
	shut(t, p)
	if loops(t, data) != 0 {
		t.Error("the loop device is still attached")
	}
}

func TestTwoUsersShareTheMount(t *testing.T) {
	data := outer(t, "ext4", 5)
	user := startUser(t, data)
	p := open(t, data)
	shut(t, p)
	if !mounted(t, data) {
		t.Fatal("the pool was unmounted under its other user")
	}
	user.end(t)
	if mounted(t, data) {
		t.Fatal("the last user left the pool mounted")
	}
}

// TestRunningMachineKeepsTheMount holds a file open, as a machine does.
func TestRunningMachineKeepsTheMount(t *testing.T) {
	data := outer(t, "ext4", 5)
	p := open(t, data)
	f, err := os.Create(filepath.Join(p.Dir(), "disk"))
	if err != nil {
		t.Fatal(err)
	}
	shut(t, p)
	if !mounted(t, data) {
		t.Fatal("the pool was unmounted under a machine")
	}
	f.Close()
	shut(t, open(t, data))
	if mounted(t, data) {
		t.Fatal("the pool is still mounted")
	}
}

func open(t *testing.T, data string) *pool.Pool {
	t.Helper()
	p, err := pool.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func shut(t *testing.T, p *pool.Pool) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// write makes a file of random bytes, not on stable storage.
func write(t *testing.T, path string, size int) string {
	t.Helper()
	text := make([]byte, size)
	_, _ = rand.Read(text) // never fails
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func digest(t *testing.T, path string) disk.Blocks {
	t.Helper()
	b, err := disk.Digest(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func stat(t *testing.T, path string) unix.Stat_t {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

// TestRoom checks Room, and that a disk larger than the pool can become is refused.
func TestRoom(t *testing.T) {
	data := outer(t, "ext4", 21)
	p := open(t, data)
	defer shut(t, p)
	p.Reserve = 1 << 30
	free, err := p.Free()
	room, again := p.Room()
	if err != nil || again != nil || room != free-1<<30 || room <= 16<<30 {
		t.Errorf("%d bytes are free and there is room for %d: %v, %v", free, room, err, again)
	}
	if err := p.Fits(16 << 30); err != nil {
		t.Errorf("the pool can grow: %v", err)
	}
	err = p.Fits(19 << 30)
	for _, word := range []string{"19.0 GiB is larger than the file system of " + data, "can hold 17."} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("a disk that cannot fit: %v, want %q", err, word)
		}
	}
	fill(t, data, pool.OuterReserve) // the pool cannot grow any more
	if grows, err := p.Room(); err != nil || grows >= 11<<30 || grows < 10<<30 {
		t.Errorf("in a full file system there is room for %d, %v", grows, err)
	}
	fill(t, p.Dir(), 4<<30)
	if room, err := p.Room(); err != nil || room < 11<<28 || room > 3<<30 {
		t.Errorf("in a pool that is filled there is room for %d, %v", room, err)
	}
	p.Reserve = 100 << 30
	if room, err := p.Room(); err != nil || room < 7<<27 || room > 5<<28 {
		t.Errorf("a reserve is at most a quarter: room for %d, %v", room, err)
	}
}
