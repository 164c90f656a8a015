// Package parenttest gives tests a real parent disk.
package parenttest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ingot/internal/artifact/parent"
	"ingot/internal/filelock"
)

// Disk returns the path of a debian-12 disk that nobody may write to: clone it. The first
// caller makes it, once per machine and recipe, below the user's cache folder; others
// wait.
func Disk(t testing.TB) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("making a parent image needs root")
	}
	path, err := cached(t.Context(), t.Logf)
	if err != nil {
		t.Fatalf("making the parent image: %v", err)
	}
	return path
}

func cached(ctx context.Context, logf func(string, ...any)) (string, error) {
	p, err := parent.Find("debian-12")
	if err != nil {
		return "", err
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "ingot")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, p.Name+"-"+p.Key()[:16]+".raw")
	lock, err := filelock.Take(path + ".lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	work := path + ".work" // may be left by a killed process
	if err := errors.Join(removeOld(dir, p.Name), os.RemoveAll(work), os.Mkdir(work, 0o755)); err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := parent.Pull(ctx, p, path, work, func(what string) { logf("parent image: %s", what) }); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0o444)
}

// keep is how long the disk of an earlier recipe stays, because other work trees may use
// it.
const keep = 14 * 24 * time.Hour

func removeOld(dir, name string) error {
	files, err := filepath.Glob(filepath.Join(dir, name+"-*.raw"))
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err == nil && time.Since(info.ModTime()) > keep {
			if err := os.Remove(f); err != nil {
				return err
			}
		}
	}
	return nil
}
