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

// Next decodes the next line that holds something into v, which must be a new
// value each time. A line that is not JSON gives a *json.SyntaxError or kin, and
// the next call goes on with the line after it; see [IsGarbage].
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

// Where a peer that speaks no language of ours is not listened to any longer.
const (
	maxBlank   = 1000 // empty lines, which are one message that is none
	maxOverrun = 4    // times the longest line without an end, which end the stream
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
