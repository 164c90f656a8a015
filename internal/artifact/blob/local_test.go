package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/blob/blobtest"
	"ingot/internal/artifact/disk"
)

// killVariable makes the test binary put the file that the variable names, again and
// again.
const killVariable = "INGOT_BLOB_PUT"

func TestMain(m *testing.M) {
	if where := os.Getenv(killVariable); where != "" {
		fmt.Fprintln(os.Stderr, putForever(where))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestLocal(t *testing.T) {
	blobtest.Run(t, func(t testing.TB) blob.Store { return open(t, t.TempDir()) })
}

func open(t testing.TB, dir string) *blob.Local {
	t.Helper()
	l, err := blob.OpenLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPathIsTheBytes(t *testing.T) {
	l := open(t, t.TempDir())
	file, b := blobtest.Disk(t, 1)
	if err := l.Put(t.Context(), file, b); err != nil {
		t.Fatal(err)
	}
	path, err := l.Path(b.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Verify(t.Context(), path, &b); err != nil {
		t.Error(err)
	}
	if !strings.Contains(path, strings.TrimPrefix(b.Digest, "sha256:")) {
		t.Errorf("%s does not name the digest", path)
	}
	got, err := l.Blocks(b.Digest)
	if err != nil || got.File != path {
		t.Errorf("the digests name the file %v: %v", got, err)
	}
}

// TestKilledBetweenDigestsAndBytes checks what a kill between the two files leaves: the
// blob does not exist and can be put.
func TestKilledBetweenDigestsAndBytes(t *testing.T) {
	dir := t.TempDir()
	file, b := blobtest.Disk(t, 1)
	name := filepath.Join(dir, strings.TrimPrefix(b.Digest, "sha256:"))
	if err := errors.Join(b.Save(name+".blocks"), os.WriteFile(name+".raw.part", []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir)
	if _, err := l.Blocks(b.Digest); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a blob without bytes: %v", err)
	}
	if all, err := l.List(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("listed: %v, %v", all, err)
	}
	if err := l.Put(t.Context(), file, b); err != nil {
		t.Fatal(err)
	}
	if err := disk.Verify(t.Context(), name+".raw", &b); err != nil {
		t.Error(err)
	}
}

// TestKilledPut kills a process at any moment of putting and deleting. Listed blobs must
// be whole.
func TestKilledPut(t *testing.T) {
	dir := t.TempDir()
	file, b := blobtest.Disk(t, 1)
	for round := range 8 {
		cmd := exec.Command(os.Args[0])
		cmd.Env, cmd.Stderr = append(os.Environ(), killVariable+"="+dir+":"+file), os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each round ends after another number of steps.
		if _, err := io.CopyN(io.Discard, out, int64(1+3*round)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		l := open(t, dir)
		all, err := l.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, digest := range all {
			stored, err := l.Blocks(digest)
			if err != nil {
				t.Fatalf("listed and not there: %v", err)
			}
			if err := disk.Verify(t.Context(), stored.File, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := open(t, dir).Put(t.Context(), file, b); err != nil {
		t.Error(err)
	}
}

// putForever writes one byte per step, so that the parent can count.
func putForever(where string) error {
	dir, file, _ := strings.Cut(where, ":")
	l, err := blob.OpenLocal(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	b, err := disk.Digest(ctx, file, nil)
	for err == nil {
		fmt.Print("p")
		if err = l.Put(ctx, file, b); err == nil {
			fmt.Print("d")
			err = l.Delete(ctx, b.Digest)
		}
	}
	return err
}

// TestDamagedDigests checks that a changed file of digests is refused.
func TestDamagedDigests(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	file, b := blobtest.Disk(t, 1)
	if err := l.Put(t.Context(), file, b); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(dir, strings.TrimPrefix(b.Digest, "sha256:")+".blocks")
	text, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{"cut off": text[:len(text)-1], "one bit": append(bytes.Clone(text[:len(text)-1]), text[len(text)-1]^1)} {
		if err := os.WriteFile(sums, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Blocks(b.Digest); err == nil || errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeleteRemovesLeftovers checks that Delete leaves nothing of a blob in the folder.
func TestDeleteRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	file, b := blobtest.Disk(t, 1)
	name := filepath.Join(dir, strings.TrimPrefix(b.Digest, "sha256:"))
	if err := errors.Join(l.Put(t.Context(), file, b), os.WriteFile(name+".raw.part", nil, 0o600), os.WriteFile(name+".blocks.abc.part", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(t.Context(), b.Digest); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(name + "*"); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
