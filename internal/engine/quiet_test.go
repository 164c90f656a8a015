package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestQuietStaysQuiet checks that the level stays with attributes and groups, which the
// library adds to its loggers.
func TestQuietStaysQuiet(t *testing.T) {
	var text bytes.Buffer
	l := quiet(slog.New(slog.NewTextHandler(&text, nil)))
	for _, l := range []*slog.Logger{l, l.With("service", "library"), l.WithGroup("library"), l.With("a", 1).WithGroup("b").With("c", 2)} {
		l.Info("noise")
		l.Warn("noise")
		l.Error("needs a person")
	}
	if got := text.String(); strings.Contains(got, "noise") || strings.Count(got, "needs a person") != 4 || !strings.Contains(got, "b.c=2") {
		t.Errorf("the log has\n%s", got)
	}
}
