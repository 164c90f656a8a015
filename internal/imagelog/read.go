package imagelog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// Read calls f with every entry, oldest first. With follow it waits for more, which
// another process may write, until the end of the image's log, the end of ctx, or an
// error of f.
func (l *Log) Read(ctx context.Context, follow bool, f func(Entry) error) error {
	if !follow {
		_, err := l.ReadFrom(0, f)
		return err
	}
	return l.Follow(ctx, 0, func(context.Context) (bool, error) { return false, nil }, f)
}

// ReadFrom calls f with the entries from an offset on, and returns the offset after the
// last of them. It holds one entry in memory.
func (l *Log) ReadFrom(at int64, f func(Entry) error) (next int64, err error) {
	return scan(l.path, at, f)
}

// overInterval is how often Follow asks whether the image has ended.
const overInterval = time.Second

// Follow is [Log.Read] from an offset on. It also stops when over reports that the
// image has ended, because a full disk may lose the last entry of a log.
func (l *Log) Follow(ctx context.Context, at int64, over func(context.Context) (bool, error), f func(Entry) error) error {
	others, stop, err := l.watch()
	if err != nil {
		return err
	}
	defer stop()
	ask := time.NewTicker(overInterval)
	defer ask.Stop()
	ended := false
	for said := 0; ; { // how often; the last entry is written after the image has ended
		grown := l.changed()
		at, err = l.ReadFrom(at, func(e Entry) error {
			ended = e.End
			return f(e)
		})
		if err != nil || ended || said > 1 {
			return err
		}
		select {
		case <-grown:
		case <-others:
		case <-ask.C:
			yes, err := over(ctx)
			if err != nil {
				return err
			}
			if yes {
				said++
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *Log) changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.grown
}

// scan reads the whole lines of a file from an offset on, and returns the offset after
// the last of them. It skips lines that are not entries.
func scan(path string, at int64, f func(Entry) error) (next int64, err error) {
	file, err := os.Open(path)
	if isMissing(err) {
		return at, nil
	}
	if err != nil {
		return at, err
	}
	defer file.Close()
	r := bufio.NewReaderSize(io.NewSectionReader(file, at, 1<<62), 64<<10)
	for {
		line, length, err := readLine(r)
		if err != nil {
			return at, nil // the end, or a line being written
		}
		at += length
		var e Entry
		if line == nil || json.Unmarshal(line, &e) != nil {
			continue
		}
		if err := f(e); err != nil {
			return at, err
		}
	}
}

// readLine reads up to a newline. Of a line that is longer than maxLine it returns only
// the length.
func readLine(r *bufio.Reader) (line []byte, length int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		length += int64(len(part))
		if length <= maxLine {
			line = append(line, part...)
		} else {
			line = nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, length, err
		}
	}
}

// chunk is how many bytes are read at once when a file is read from its end backwards.
const chunk = 64 << 10

// Last returns the offset at which the last n entries begin. It reads the file from its
// end backwards, and no more than these entries.
func (l *Log) Last(n int) (offset int64, err error) {
	file, err := os.Open(l.path)
	if isMissing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, chunk)
	for end := info.Size(); end > 0; end = max(0, end-chunk) {
		start := max(0, end-chunk)
		piece := buf[:end-start]
		if _, err := file.ReadAt(piece, start); err != nil {
			return 0, err
		}
		// The last newline ends the last entry, and each before it begins another.
		for i := bytes.LastIndexByte(piece, '\n'); i >= 0; i = bytes.LastIndexByte(piece[:i], '\n') {
			if n--; n < 0 {
				return start + int64(i) + 1, nil
			}
		}
	}
	return 0, nil
}

// Tail returns the last n entries.
func (l *Log) Tail(n int) ([]Entry, error) {
	at, err := l.Last(n)
	if err != nil {
		return nil, err
	}
	var last []Entry
	_, err = l.ReadFrom(at, func(e Entry) error {
		last = append(last, e)
		return nil
	})
	return last, err
}
