package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrTooLong is the error of a line beyond [MaxLine].
var ErrTooLong = errors.New("a protocol line is longer than the limit")

// Reader reads lines of the protocol.
type Reader struct {
	buffered *bufio.Reader
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{buffered: bufio.NewReaderSize(r, 64<<10)}
}

// Next decodes the next line that holds something into v, which must be a new
// value each time. A line that is not JSON gives a *json.SyntaxError or kin, and
// the next call goes on with the line after it; see [IsGarbage].
func (r *Reader) Next(v any) error {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := json.Unmarshal(line, v); err != nil {
			return &garbageError{err}
		}
		return nil
	}
}

// line reads up to a newline. A longer line than allowed is read to its end and
// reported as garbage.
func (r *Reader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.buffered.ReadSlice('\n')
		if len(line) <= MaxLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return nil, err
		case len(line) > MaxLine:
			return nil, &garbageError{ErrTooLong}
		default:
			return line, nil
		}
	}
}

type garbageError struct{ err error }

func (e *garbageError) Error() string { return fmt.Sprintf("a line is no message: %v", e.err) }
func (e *garbageError) Unwrap() error { return e.err }

// IsGarbage tells a line that was no message, after which reading can go on,
// from the end of the stream.
func IsGarbage(err error) bool {
	_, ok := errors.AsType[*garbageError](err)
	return ok
}

// Writer writes lines of the protocol; it is safe for several goroutines.
type Writer struct {
	mu  sync.Mutex
	out io.Writer
}

// NewWriter writes to w, one Write per line.
func NewWriter(w io.Writer) *Writer { return &Writer{out: w} }

// Send writes v as one line.
func (w *Writer) Send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a message: %w", err)
	}
	return w.write(append(line, '\n'))
}

// Resync ends whatever half line the stream may hold.
func (w *Writer) Resync() error { return w.write([]byte{'\n'}) }

func (w *Writer) write(p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.out.Write(p)
	return err
}
