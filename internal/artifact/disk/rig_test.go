package disk_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

const mib = 1 << 20

// part is a partition of a disk that a test makes.
type part struct {
	kind    string // type, as GPT writes it
	mib     int64
	content string // "ext4", a mark of another file system, or nothing
}

// Marks of file systems that are refused, and their offsets.
var marks = map[string]struct {
	at   int64
	mark string
}{
	"xfs": {0, "XFSB"}, "btrfs": {65600, "_BHRfS_M"}, "luks": {0, "LUKS\xba\xbe"}, "lvm": {512, "LABELONE"}, "swap": {4086, "SWAPSPACE2"},
}

const linux = disk.TypeLinux

// makeDisk makes a disk with a GPT. It needs no root: nothing is mounted.
func makeDisk(t testing.TB, parts ...part) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.raw")
	script, start := "label: gpt\n", int64(1)
	for _, p := range parts {
		script += fmt.Sprintf("start=%d, size=%d, type=%s\n", start*mib/disk.Sector, p.mib*mib/disk.Sector, p.kind)
		start += p.mib
	}
	truncate(t, path, (start+1)*mib)
	command(t, script, "sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path)
	start = 1
	for _, p := range parts {
		fill(t, path, p.content, start*mib, p.mib*mib)
		start += p.mib
	}
	return path
}

// fill puts a file system, or the mark of one, at an offset of a disk.
func fill(t testing.TB, path, content string, start, size int64) {
	t.Helper()
	switch m, marked := marks[content]; {
	case marked:
		writeAt(t, path, []byte(m.mark), start+m.at)
	case content == "ext4":
		format(t, path, start, size)
	}
}

// format makes an ext4 file system that holds one known file.
func format(t testing.TB, path string, start, size int64) {
	t.Helper()
	tree := t.TempDir()
	if err := os.MkdirAll(filepath.Join(tree, "boot/efi"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "hello"), []byte(strings.Repeat("hello\n", 100_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	command(t, "", "mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, "-E",
		fmt.Sprintf("offset=%d,lazy_itable_init=0,lazy_journal_init=0", start), path, fmt.Sprintf("%dk", size>>10))
}

// makeExt4 makes a disk that is one file system without partitions.
func makeExt4(t testing.TB, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ext4.raw")
	truncate(t, path, size)
	format(t, path, 0, size)
	return path
}

// reflinkFolder returns a folder on a file system whose files share blocks.
func reflinkFolder(t testing.TB) string {
	t.Helper()
	needRoot(t)
	image, dir := filepath.Join(t.TempDir(), "xfs.img"), t.TempDir()
	truncate(t, image, 1<<30)
	command(t, "", "mkfs.xfs", "-q", "-s", "size=4096", "-m", "reflink=1", image)
	loop, err := disk.Attach(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(loop.Path, dir, "xfs", 0, "nouuid"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
		if err := loop.Detach(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting disks needs root")
	}
}

func command(t testing.TB, stdin, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

func truncate(t testing.TB, path string, size int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

func writeAt(t testing.TB, path string, b []byte, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

// noise returns n bytes that are the same for the same seed.
func noise(seed uint64, n int) []byte {
	r, b := rand.New(rand.NewPCG(seed, 0)), make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// used returns the space that a file takes, in bytes.
func used(t testing.TB, path string) int64 {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		t.Fatal(err)
	}
	return s.Blocks * 512
}

// names returns the names in a folder.
func names(t testing.TB, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// nothingLeft checks that neither a mount nor a loop device of the folder is left.
func nothingLeft(t testing.TB, dir string) {
	t.Helper()
	loops, err := disk.LoopsOn(dir)
	if err != nil || len(loops) > 0 {
		t.Errorf("loop devices are left: %v %v", loops, err)
	}
	if mounts := string(readFile(t, "/proc/self/mounts")); strings.Contains(mounts, " "+dir+"/") {
		t.Errorf("a mount below %s is left", dir)
	}
}
