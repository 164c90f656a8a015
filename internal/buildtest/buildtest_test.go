package buildtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingot/internal/buildtest"
)

// TestAChangedProgramRunsItsTestsAgain runs the tests of a small module three times:
// the second run is replayed, and the third, after a source of the program has
// changed, is not.
func TestAChangedProgramRunsItsTestsAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		// The go command replays no test that has read a file of the last seconds.
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.ReadFile("buildtest.go")
	if err != nil {
		t.Fatal(err)
	}
	write("go.mod", "module ingot\n\ngo 1.26\n")
	write("internal/buildtest/buildtest.go", string(self))
	write("cmd/hello/main.go", "package main\n\nimport \"ingot/word\"\n\nfunc main() { print(word.Word) }\n")
	write("word/word.go", "package word\n\nconst Word = \"hello\"\n")
	write("user/user_test.go", `package user

import (
	"testing"

	"ingot/internal/buildtest"
)

func TestHello(t *testing.T) { buildtest.Depend(t, "hello") }
`)
	run := func(host string) string {
		t.Helper()
		c := exec.Command("go", "test", "./user")
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0", buildtest.Host+"="+host)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	const replayed = "(cached)"
	run("a")
	if out := run("a"); !strings.Contains(out, replayed) {
		t.Errorf("nothing has changed, and the tests ran again: %s", out)
	}
	if out := run("b"); strings.Contains(out, replayed) {
		t.Errorf("the host has changed, and the tests were replayed: %s", out)
	}
	write("word/word.go", "package word\n\nconst Word = \"good morning\"\n")
	if out := run("b"); strings.Contains(out, replayed) {
		t.Errorf("the program has changed, and its tests were replayed: %s", out)
	}
}

func TestSourcesKnowsEmbeddedFiles(t *testing.T) {
	files, err := buildtest.Sources("ingot")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/go.mod", "/cmd/ingot/main.go", "/internal/engine/engine.go", "/internal/engine/script/sanitize.sh"} {
		found := false
		for _, f := range files {
			found = found || strings.HasSuffix(f, want)
		}
		if !found {
			t.Errorf("the sources of ingot lack %s", want)
		}
	}
}
