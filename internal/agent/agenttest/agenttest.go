// Package agenttest builds the real agent for tests.
package agenttest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ingot/internal/buildtest"
)

// Binary builds the agent as it goes into machines, once in a test process, and returns
// its path.
func Binary(t testing.TB) string {
	t.Helper()
	buildtest.Depend(t, "ingot-agent")
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build leaves the agent in the user's cache folder, under the digest of its content:
// there is no common end of test processes at which it could be removed.
var build = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "ingot", "agent")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	prune(dir)
	fresh, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	if err := buildtest.Build(fresh, "ingot-agent", "-trimpath"); err != nil {
		return "", err
	}
	made := filepath.Join(fresh, "ingot-agent")
	content, err := os.ReadFile(made)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	path := filepath.Join(dir, "ingot-agent-"+hex.EncodeToString(sum[:8]))
	return path, os.Rename(made, path)
})

// prune removes agents older than a day.
func prune(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
