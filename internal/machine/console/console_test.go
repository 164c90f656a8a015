package console_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/machine/console"
)

func TestConsoleIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	for _, said := range []string{"first\n", "second\n"} {
		console.Keep(io.NopCloser(bytes.NewReader([]byte(said))), path)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "first\nsecond\n" {
		t.Fatalf("%q, %v", text, err)
	}
	console.Keep(io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 40<<20)), bytes.NewReader([]byte("last words\n")))), path)
	text, err := os.ReadFile(path)
	if err != nil || len(text) > 16<<20 || !bytes.HasSuffix(text, []byte("last words\n")) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestGuestDoesNotBlockWithoutAFile(t *testing.T) {
	from := bytes.NewReader(make([]byte, 1<<20))
	console.Keep(io.NopCloser(from), filepath.Join(t.TempDir(), "none", "console.log"))
	if from.Len() > 0 {
		t.Errorf("%d bytes are left unread", from.Len())
	}
}
