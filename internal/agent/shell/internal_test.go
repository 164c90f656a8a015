package shell

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestOutputOfAShellThatEndedIsNotLost stops waiting before the copying begins, while the
// other end of the pipe is open.
func TestOutputOfAShellThatEndedIsNotLost(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	said := strings.Repeat("x", 60000) // a pipe holds it
	if _, err := w.WriteString(said); err != nil {
		t.Fatal(err)
	}
	c := &child{outputs: map[kind]*os.File{kindOutput: r}}
	defer c.close()
	c.stopWaiting()
	var stream bytes.Buffer
	c.copyOutput(&frames{out: &stream}).Wait()
	var got string
	for stream.Len() > 0 {
		_, content, err := readFrame(&stream)
		if err != nil {
			t.Fatal(err)
		}
		got += string(content)
	}
	if got != said {
		t.Errorf("%d of %d bytes arrived", len(got), len(said))
	}
}
