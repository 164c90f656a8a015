package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/pflag"

	"ingot/internal/config"
)

func TestFillTakesTheNearestSource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ingot.yaml")
	if err := os.WriteFile(file, []byte("listen: file\ncache-max-age: 12h\nbuilds: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("INGOT_CACHE_MAX_AGE", "6h")
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	listen := flags.String("listen", "default", "")
	age := flags.Duration("cache-max-age", 0, "")
	builds := flags.Int("builds", 1, "")
	other := flags.String("other", "default", "")
	if err := flags.Parse([]string{"--listen", "line"}); err != nil {
		t.Fatal(err)
	}
	if err := config.Fill(flags, file); err != nil {
		t.Fatal(err)
	}
	if *listen != "line" || age.Hours() != 6 || *builds != 3 || *other != "default" {
		t.Errorf("got %s, %s, %d, %s", *listen, age, *builds, *other)
	}
}

func TestFillNamesTheSourceOfAMistake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ingot.yaml")
	if err := os.WriteFile(file, []byte("builds: many\nlost: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("INGOT_CACHE_MAX_AGE", "long")
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	flags.Duration("cache-max-age", 0, "")
	flags.Int("builds", 1, "")
	err := config.Fill(flags, file)
	if err == nil || !strings.Contains(err.Error(), "key builds") || !strings.Contains(err.Error(), "INGOT_CACHE_MAX_AGE") {
		t.Errorf("Fill = %v", err)
	}
	if unknown, err := config.Unknown(file, flags); err != nil || !slices.Equal(unknown, []string{"lost"}) {
		t.Errorf("Unknown = %v, %v", unknown, err)
	}
	if err := config.Fill(flags, filepath.Join(t.TempDir(), "absent.yaml")); err == nil {
		t.Error("a named file that is missing is no error")
	}
}

func TestASecondServerIsRefused(t *testing.T) {
	d := config.Data(filepath.Join(t.TempDir(), "data"))
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	if err := d.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := d.Lock(); !errors.Is(err, config.ErrLocked) {
		t.Errorf("the second lock = %v", err)
	}
	if info, err := os.Stat(string(d)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory has %v, %v", info.Mode(), err)
	}
}

func TestForeignFolderIsLeftAsItIs(t *testing.T) {
	d := config.Data(t.TempDir())
	if err := errors.Join(os.Chmod(string(d), 0o755), os.WriteFile(filepath.Join(string(d), "thesis.tex"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := d.Make(); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("Make = %v", err)
	}
	info, err := os.Stat(string(d))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o755 {
		t.Errorf("the folder has %v", info.Mode())
	}
	if err := errors.Join(os.Chmod(string(d), 0o700), d.Make()); err != nil {
		t.Errorf("a folder that is closed already: %v", err)
	}
}

// TestFilesAreClosedToOthers closes what an earlier version, or a copy of the folder,
// left open: databases, their copies, logs. What lies in the pool belongs to others.
func TestFilesAreClosedToOthers(t *testing.T) {
	d := config.Data(filepath.Join(t.TempDir(), "data"))
	files := map[string]os.FileMode{
		"ingot.db": 0o600, "ingot.db-wal": 0o600, "ingot.db.bak": 0o600, "serve.log": 0o600,
		"logs/000000000000/us-east-1/web/1.0.0-1.log": 0o600, "pool/machines/one/run/agent": 0o644,
	}
	for name := range files {
		path := filepath.Join(string(d), name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Symlink(string(d), link), config.Data(link).Make()); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if info, err := os.Stat(filepath.Join(string(d), name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// TestHost asks concurrently for a new id: all get the same, then
// and later.
func TestHost(t *testing.T) {
	d, ids := config.Data(t.TempDir()), make(chan string, 16)
	var all sync.WaitGroup
	for range cap(ids) {
		all.Go(func() {
			id, err := d.Host()
			if err != nil {
				t.Error(err)
			}
			ids <- id
		})
	}
	all.Wait()
	first := <-ids
	for range cap(ids) - 1 {
		if id := <-ids; id != first {
			t.Errorf("%s and %s", first, id)
		}
	}
	if left, err := filepath.Glob(filepath.Join(string(d), "host.*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := os.WriteFile(filepath.Join(string(d), "host"), []byte("me\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Host(); err == nil || !strings.Contains(err.Error(), "h-0123456789abcdef") {
		t.Errorf("a file that holds no id: %v", err)
	}
}

func TestEndpoint(t *testing.T) {
	d := config.Data(t.TempDir())
	if got := d.Endpoint(); got != "http://127.0.0.1:7460" {
		t.Errorf("without a server: %s", got)
	}
	if err := d.SetEndpoint("http://127.0.0.1:9"); err != nil || d.Endpoint() != "http://127.0.0.1:9" {
		t.Errorf("after a server: %s, %v", d.Endpoint(), err)
	}
}

// TestFolderOfAnotherIsRefused refuses a folder whose owner could put other files in the
// place of the server's.
func TestFolderOfAnotherIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give folders away")
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if err := config.Data(dir).Make(); err == nil || !strings.Contains(err.Error(), "belongs to the user 65534") {
		t.Errorf("a folder of another user: %v", err)
	}
}
