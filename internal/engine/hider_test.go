package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// TestHiderNamesNoFolder, by the data directory's own name or by that of a link to it.
// Other folders that begin alike, and programs, do not change.
func TestHiderNamesNoFolder(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.d"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(real, 0o700), os.Symlink(real, link)); err != nil {
		t.Fatal(err)
	}
	h := newHider(link)
	for text, want := range map[string]string{
		"open " + link + "/pool/x: no such file":          "open DATA/pool/x: no such file",
		"open " + real + "/pool/x: no such file":          "open DATA/pool/x: no such file",
		link + " and " + real:                             "DATA and DATA",
		link + "ed/x":                                     link + "ed/x",
		filepath.Join(dir, "realxd/x"):                    filepath.Join(dir, "realxd/x"),
		"e2fsck: exit status 8":                           "e2fsck: exit status 8",
		"removing /proc/self/fd/20/ingot-agent/pin: busy": "removing /ingot-agent/pin: busy",
		"/proc/412/fd/3/run: no; /proc/self/fd/9: no":     "/run: no; /: no",
		"/proc/self/fdinfo/20, /proc/self/fd/x":           "/proc/self/fdinfo/20, /proc/self/fd/x",
	} {
		if got := h.hide(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := newHider("").hide("/var/lib/x"); got != "/var/lib/x" {
		t.Errorf("without a folder it becomes %q", got)
	}
}

// TestHiderTakesOutTheDatabasesWords at any depth of an outcome, and does not change its
// argument.
func TestHiderTakesOutTheDatabasesWords(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(dir, "ingot.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.DB().Exec(t.Context(), `INSERT INTO nowhere VALUES (1)`)
	fault := fmt.Errorf("keeping %s/nodes/x: %w", dir, err)
	words := fault.Error()
	if !strings.Contains(words, "nowhere") {
		t.Fatalf("the database says %q", words)
	}
	h := newHider(dir)
	const clean = "keeping DATA/nodes/x: a fault of the database"
	if got := h.sentence(fault); got != clean {
		t.Errorf("the sentence is %q", got)
	}
	outputs := map[string]any{"text": words, "list": []any{words, 7.0, map[string]any{"deep": words}}, "none": nil, "path": dir}
	got := h.outcome(outcome.Outcome{Kind: outcome.Failed, Message: words, Outputs: outputs}, fault)
	want := outcome.Outcome{Kind: outcome.Failed, Message: clean, Outputs: map[string]any{
		"text": clean, "list": []any{clean, 7.0, map[string]any{"deep": clean}}, "none": nil, "path": "DATA",
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the outcome is %+v, want %+v", got, want)
	}
	if outputs["text"] != words || outputs["list"].([]any)[0] != words {
		t.Errorf("what was given is changed: %v", outputs)
	}
	if got := h.outcome(outcome.Outcome{Message: "fine"}, nil); got.Message != "fine" || got.Outputs != nil {
		t.Errorf("an outcome without a fault is %+v", got)
	}
}
