package disk_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

// TestSharedBlocksChangeNoDigest changes clones at random and compares the digest
// that takes blocks over from the parent with one that reads everything from a copy
// without holes.
func TestSharedBlocksChangeNoDigest(t *testing.T) {
	dir := reflinkFolder(t)
	r := rand.New(rand.NewPCG(42, 1))
	for round := range 25 {
		parentFile, child := filepath.Join(dir, "parent"), filepath.Join(dir, "child")
		remove(t, parentFile)
		truncate(t, parentFile, 8*mib+r.Int64N(2)*r.Int64N(mib))
		change(t, r, parentFile, 10)
		known := digest(t, parentFile, nil)
		if err := disk.Clone(t.Context(), parentFile, child); err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) > 0 {
			truncate(t, child, 6*mib+r.Int64N(8*mib))
		}
		change(t, r, child, r.IntN(4))
		plain := filepath.Join(t.TempDir(), "plain")
		if err := os.WriteFile(plain, readFile(t, child), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, want := digest(t, child, &known).Digest, digest(t, plain, nil).Digest; got != want {
			t.Fatalf("round %d: %s with the parent's digests, %s without", round, got, want)
		}
	}
}

// change writes, punches holes and reserves space at random places.
func change(t *testing.T, r *rand.Rand, path string, times int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for range times {
		n := 1 + r.Int64N(800_000)
		at := r.Int64N(info.Size() - n)
		switch r.IntN(4) {
		case 0:
			err = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, at, n)
		case 1:
			err = unix.Fallocate(int(f.Fd()), 0, at, n)
		default:
			_, err = f.WriteAt(noise(r.Uint64(), int(n)), at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func digest(t testing.TB, path string, parent *disk.Blocks) disk.Blocks {
	t.Helper()
	b, err := disk.Digest(t.Context(), path, parent)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDigestIsOfContent checks that equal bytes have equal digests, however they are
// stored.
func TestDigestIsOfContent(t *testing.T) {
	for _, size := range []int64{0, 1, disk.BlockSize - 1, disk.BlockSize, disk.BlockSize + 1, 3 * disk.BlockSize} {
		dir := t.TempDir()
		holes, full := filepath.Join(dir, "holes"), filepath.Join(dir, "full")
		truncate(t, holes, size)
		if err := os.WriteFile(full, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		a, b := digest(t, holes, nil), digest(t, full, nil)
		if a.Digest != b.Digest || a.Size != size || !strings.HasPrefix(a.Digest, "sha256:") {
			t.Errorf("%d bytes: %s and %s", size, a.Digest, b.Digest)
		}
		truncate(t, holes, size+1)
		if c := digest(t, holes, nil); c.Digest == a.Digest {
			t.Errorf("%d bytes and one more have the same digest", size)
		}
	}
}

func TestVerifyFindsOneChangedBit(t *testing.T) {
	path := makeExt4(t, 16*mib)
	b := digest(t, path, nil)
	if err := disk.Verify(t.Context(), path, &b); err != nil {
		t.Fatal(err)
	}
	text := readFile(t, path)
	writeAt(t, path, []byte{text[9*mib] ^ 1}, 9*mib)
	if err := disk.Verify(t.Context(), path, &b); err == nil || !strings.Contains(err.Error(), b.Digest) {
		t.Errorf("one bit changed: %v", err)
	}
}

func TestBlocksFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.blocks")
	b := digest(t, sparse(t, t.TempDir()), nil)
	if err := b.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := disk.LoadBlocks(path)
	if err != nil || got.Digest != b.Digest || got.Size != b.Size || len(got.Sums) != len(b.Sums) {
		t.Errorf("read back: %v", err)
	}
	if len(names(t, dir)) != 1 {
		t.Errorf("left over: %v", names(t, dir))
	}
	text := readFile(t, path)
	for name, damaged := range map[string][]byte{
		"empty": nil, "cut off": text[:len(text)-1], "longer": append(bytes.Clone(text), 0), "another kind": append([]byte("x"), text...),
		"negative": bytes.Replace(text, []byte("1\n"), []byte("1\n-"), 1), "words": []byte("ingot blocks 1\n0 or so\n"), "no end of line": []byte("ingot blocks 1\n0"),
	} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := disk.LoadBlocks(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
