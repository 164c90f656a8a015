// Package blobtest is the suite that every blob store passes.
package blobtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/disk"
)

// Run checks that a store keeps its contract. open returns a new, empty one each time.
func Run(t *testing.T, open func(testing.TB) blob.Store) {
	for name, check := range map[string]func(*testing.T, blob.Store){
		"WhatIsPutComesBack": whatIsPutComesBack, "PutAgain": putAgain, "NotThere": notThere, "NoDigest": noDigest,
		"Delete": deleteOne, "SideBySide": sideBySide, "FetchThatFails": fetchThatFails, "SourceMayChange": sourceMayChange,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// Disk makes a file of some blocks with a hole, the same for the same seed, and
// digests it.
func Disk(t testing.TB, seed uint64) (string, disk.Blocks) {
	t.Helper()
	r, data := rand.New(rand.NewPCG(seed, 0)), make([]byte, 700_001)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	path := filepath.Join(t.TempDir(), "disk.raw")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := f.WriteAt(data, 0)
	_, err2 := f.WriteAt(data[:1000], 3*disk.BlockSize+17)
	if err := errors.Join(err1, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := disk.Digest(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path, b
}

func whatIsPutComesBack(t *testing.T, s blob.Store) {
	file, b := put(t, s, 1)
	put(t, s, 2)
	dst := filepath.Join(t.TempDir(), "back")
	if err := s.Fetch(t.Context(), b.Digest, dst); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read(t, file), read(t, dst)) {
		t.Error("other bytes came back")
	}
	got, err := s.Blocks(b.Digest)
	if err != nil || got.Digest != b.Digest || got.Size != b.Size || !slices.Equal(got.Sums, b.Sums) {
		t.Errorf("other digests came back: %v", err)
	}
	if all := list(t, s); len(all) != 2 || !slices.Contains(all, b.Digest) {
		t.Errorf("listed: %v", all)
	}
}

func putAgain(t *testing.T, s blob.Store) {
	file, b := put(t, s, 1)
	if err := s.Put(t.Context(), file, b); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if all := list(t, s); len(all) != 1 {
		t.Errorf("listed: %v", all)
	}
}

func notThere(t *testing.T, s blob.Store) {
	_, b := Disk(t, 1)
	dir := t.TempDir()
	if err := s.Fetch(t.Context(), b.Digest, filepath.Join(dir, "x")); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Fetch: %v", err)
	}
	if _, err := s.Blocks(b.Digest); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Blocks: %v", err)
	}
	if err := s.Delete(t.Context(), b.Digest); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if all := list(t, s); len(all) != 0 {
		t.Errorf("listed: %v", all)
	}
	empty(t, dir)
}

// noDigest passes names that would lead out of the store.
func noDigest(t *testing.T, s blob.Store) {
	file, b := Disk(t, 1)
	for _, name := range []string{"", "sha256:", "sha256:../../etc/passwd", "../x", b.Digest[7:], b.Digest + "0", "sha256:" + "A" + b.Digest[8:]} {
		wrong := b
		wrong.Digest = name
		_, err := s.Blocks(name)
		for what, err := range map[string]error{
			"Put": s.Put(t.Context(), file, wrong), "Fetch": s.Fetch(t.Context(), name, filepath.Join(t.TempDir(), "x")),
			"Blocks": err, "Delete": s.Delete(t.Context(), name),
		} {
			if err == nil {
				t.Errorf("%s accepted the name %q", what, name)
			}
		}
	}
	if all := list(t, s); len(all) != 0 {
		t.Errorf("listed: %v", all)
	}
}

func deleteOne(t *testing.T, s blob.Store) {
	file, b := put(t, s, 1)
	_, other := put(t, s, 2)
	if err := s.Delete(t.Context(), b.Digest); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Blocks(b.Digest); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
	if all := list(t, s); !slices.Equal(all, []string{other.Digest}) {
		t.Errorf("listed: %v", all)
	}
	verify(t, s, other)
	if err := s.Put(t.Context(), file, b); err != nil {
		t.Fatalf("put anew: %v", err)
	}
	verify(t, s, b)
}

// sideBySide puts the same two blobs from many goroutines.
func sideBySide(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	var sums []disk.Blocks
	for seed := range uint64(2) {
		file, b := Disk(t, seed)
		sums = append(sums, b)
		for range 6 {
			wg.Go(func() {
				if err := s.Put(t.Context(), file, b); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for _, b := range sums {
		verify(t, s, b)
	}
	if all := list(t, s); len(all) != 2 {
		t.Errorf("listed: %v", all)
	}
}

func fetchThatFails(t *testing.T, s blob.Store) {
	_, b := put(t, s, 1)
	dir := t.TempDir()
	if err := s.Fetch(t.Context(), b.Digest, filepath.Join(dir, "no/folder")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dst := filepath.Join(dir, "cancelled")
	if err := s.Fetch(ctx, b.Digest, dst); err == nil {
		whole(t, dst, b) // it ended before it was cancelled
		return
	}
	empty(t, dir)
}

// sourceMayChange writes to the file after it was put, as a running machine does.
func sourceMayChange(t *testing.T, s blob.Store) {
	file, b := put(t, s, 1)
	if err := os.WriteFile(file, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	verify(t, s, b)
}

func put(t *testing.T, s blob.Store, seed uint64) (string, disk.Blocks) {
	t.Helper()
	file, b := Disk(t, seed)
	if err := s.Put(t.Context(), file, b); err != nil {
		t.Fatal(err)
	}
	return file, b
}

func list(t *testing.T, s blob.Store) []string {
	t.Helper()
	all, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// verify fetches a blob and compares its bytes with its digests.
func verify(t *testing.T, s blob.Store, b disk.Blocks) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "verified")
	if err := s.Fetch(t.Context(), b.Digest, dst); err != nil {
		t.Fatal(err)
	}
	whole(t, dst, b)
}

func whole(t *testing.T, file string, b disk.Blocks) {
	t.Helper()
	if err := disk.Verify(t.Context(), file, &b); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v %v", entries, err)
	}
}
