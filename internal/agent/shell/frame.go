// Package shell gives a person a login shell in a machine, over a stream of its own
// between the host and the agent.
//
// The shell is a child of the agent, within all the walls of the machine. Its terminal is
// one of the machine's own: the host copies bytes and passes no descriptor in. [Serve] is
// the agent's side, [Run] is the host's.
//
// The stream consists of frames: one byte for the kind, four bytes (the highest first)
// for the length, and the content. The host begins with a [Request]. Neither side accepts
// lengths beyond a bound.
package shell

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// kind is the kind of a frame.
type kind byte

// Frames of the host.
const (
	kindBegin kind = 'b' // a Request, as JSON; once, first of all
	kindInput kind = 'i' // bytes for the shell to read
	kindEnd   kind = 'e' // the input has ended; a terminal has no such end
	kindSize  kind = 's' // a Size, as JSON: the terminal's new one
)

// Frames of the agent.
const (
	kindOutput kind = 'o' // bytes that the shell has written
	kindError  kind = 'x' // the same, on its standard error; a terminal has only one
	kindExit   kind = 'q' // its exit status in decimal; the last frame
	kindFailed kind = 'f' // a sentence: there is no shell; the last frame
)

// maxFrame bounds the content of a frame in bytes; a longer one ends the stream.
const maxFrame = 64 << 10

// Request asks for a shell.
type Request struct {
	// Terminal is nil for a shell on pipes.
	Terminal *Terminal `json:"terminal,omitempty"`
}

// Terminal describes the terminal of the person.
type Terminal struct {
	Name string `json:"name"` // as in TERM
	Size
}

// Size of a terminal in characters.
type Size struct {
	Rows    uint16 `json:"rows"`
	Columns uint16 `json:"columns"`
}

// readFrame reads the next frame.
func readFrame(r io.Reader) (kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes is longer than the limit", length)
	}
	content := make([]byte, length)
	_, err := io.ReadFull(r, content)
	return kind(head[0]), content, err
}

// frames writes frames; it is safe for several goroutines.
type frames struct {
	mu  sync.Mutex
	out io.Writer
}

// send writes one frame, whose content is within the bound.
func (f *frames) send(k kind, content []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := binary.BigEndian.AppendUint32([]byte{byte(k)}, uint32(len(content)))
	_, err := f.out.Write(append(head, content...))
	return err
}

// copyTo sends what it reads as frames of one kind, until either side ends, and returns
// the error of that.
func (f *frames) copyTo(k kind, from io.Reader) error {
	buf := make([]byte, maxFrame/2)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if err := f.send(k, buf[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}
