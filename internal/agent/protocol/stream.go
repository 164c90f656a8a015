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

// ErrTooLong is the error of a line beyond [MaxLine] or [MaxReply].
var ErrTooLong = errors.New("a protocol line is longer than the limit")

// Reader reads lines of the protocol.
type Reader struct {
	buffered *bufio.Reader
	most     int   // bytes of a line
	read     int64 // bytes of all lines
}

// NewReader reads a client's lines from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{buffered: bufio.NewReaderSize(r, 64<<10), most: MaxLine}
}

// NewReplyReader reads an agent's lines from r.
func NewReplyReader(r io.Reader) *Reader {
	return &Reader{buffered: bufio.NewReaderSize(r, 64<<10), most: MaxReply}
}

// Bytes is how much has been read, in lines.
func (r *Reader) Bytes() int64 { return r.read }

// Next decodes the next line that holds something into v, which must be a new value each
// time. The error of a line that is not a message satisfies [IsGarbage]; the next call
// reads the line after it.
func (r *Reader) Next(v any) error {
	for range maxBlank {
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
	return &garbageError{errors.New("there are only empty lines")}
}

// The bounds after which reading from a peer that does not speak the protocol ends.
const (
	maxBlank   = 1000 // empty lines, which count as one invalid message
	maxOverrun = 4    // times the longest line, without a newline: the stream ends
)

// line reads up to a newline. A longer line than allowed is read to its end and
// reported as garbage.
func (r *Reader) line() ([]byte, error) {
	var line []byte
	for begin := r.read; ; {
		part, err := r.buffered.ReadSlice('\n')
		r.read += int64(len(part))
		if len(line) <= r.most {
			line = append(line, part...)
		}
		switch {
		case r.read-begin > int64(maxOverrun*r.most):
			return nil, ErrTooLong
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return nil, err
		case len(line) > r.most:
			return nil, &garbageError{ErrTooLong}
		default:
			return line, nil
		}
	}
}

type garbageError struct{ err error }

func (e *garbageError) Error() string { return fmt.Sprintf("a line is no message: %v", e.err) }
func (e *garbageError) Unwrap() error { return e.err }

// IsGarbage reports whether the error is that of a line that was not a message. Reading
// can continue after it.
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

// Resync ends a half line that the stream may hold.
func (w *Writer) Resync() error { return w.write([]byte{'\n'}) }

func (w *Writer) write(p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.out.Write(p)
	return err
}
