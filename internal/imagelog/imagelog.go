// Package imagelog keeps one log per image, on disk as it happens: what the
// engine decided, what components printed, the console of a machine that failed.
//
// Terms:
//
//   - An entry is one line with its time and source.
//   - Entries of a run inside a machine carry the run's id and a sequence number,
//     so that after a restart the rest is fetched and no line comes twice.
//   - The last entry of an image is marked as its end; whoever follows stops there.
//
// A log is a file of JSON lines, <dir>/<account>/<region>/<slug>/<version>-<build>.log.
package imagelog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"ingot"
)

// Entry is one line of a log.
type Entry struct {
	Time   time.Time `json:"t"`
	Source string    `json:"src,omitempty"` // step, or step and component
	Text   string    `json:"text"`
	Run    string    `json:"run,omitempty"` // run inside a machine that printed it
	Seq    int64     `json:"seq,omitempty"` // number of the entry in that run
	End    bool      `json:"end,omitempty"`
}

// Logs is the folder of all logs. It is safe for use from several goroutines.
type Logs struct {
	dir  string
	mu   sync.Mutex
	open map[string]*Log
}

// Open uses dir, which is made when the first line comes.
func Open(dir string) *Logs { return &Logs{dir: dir, open: map[string]*Log{}} }

// Image gives the log of an image's build version ARN.
func (l *Logs) Image(arn string) (*Log, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if log := l.open[arn]; log != nil {
		return log, nil
	}
	a, err := ingot.ParseARN(arn)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(l.dir, a.Owner, a.Region, a.Slug, fmt.Sprintf("%s-%d.log", a.Version, a.Build))
	log := &Log{path: path, grown: make(chan struct{}), last: map[string]int64{}}
	if err := log.recall(); err != nil {
		return nil, err
	}
	l.open[arn] = log
	return log, nil
}

// Log is the log of one image.
type Log struct {
	path  string
	mu    sync.Mutex
	file  *os.File         // nil until the first write
	grown chan struct{}    // closed and replaced at each write
	last  map[string]int64 // highest sequence number of each run
}

// recall reads what an earlier process wrote, or another one writes.
func (l *Log) recall() error {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.Run != "" {
			l.last[e.Run] = max(l.last[e.Run], e.Seq)
		}
	}
	return nil
}

// Printf writes a line of the engine's own.
func (l *Log) Printf(source, format string, args ...any) {
	l.Write(Entry{Source: source, Text: fmt.Sprintf(format, args...)})
}

// End writes the last line.
func (l *Log) End(text string) { l.Write(Entry{Text: text, End: true}) }

// LastSeq gives the number of the last entry of a run, 0 when there is none.
func (l *Log) LastSeq(run string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last[run]
}

// Write appends an entry. One that the log has already is left out. A log that
// cannot be written never fails a build.
func (l *Log) Write(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Run != "" && e.Seq <= l.last[e.Run] {
		return
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	if l.append(e) != nil {
		return
	}
	if e.Run != "" {
		l.last[e.Run] = e.Seq
	}
	close(l.grown)
	l.grown = make(chan struct{})
}

// append writes a line. The file is closed after the last one, and after an error:
// on a full disk half a line may be there, which goes when the file is opened again.
func (l *Log) append(e Entry) error {
	line, err := json.Marshal(e)
	if err == nil {
		err = l.openFile()
	}
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(line, '\n'))
	if err != nil || e.End {
		_ = l.file.Close() // the line is written, or lost
		l.file = nil
	}
	return err
}

// openFile opens the file for the one process that writes it, and cuts off a line
// that an earlier one did not finish.
func (l *Log) openFile() (err error) {
	if l.file != nil {
		return nil
	}
	if err = os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	data, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if whole := bytes.LastIndexByte(data, '\n') + 1; whole < len(data) {
		if err := os.Truncate(l.path, int64(whole)); err != nil {
			return err
		}
	}
	l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// Read hands every entry to f, oldest first. With follow it waits for more, which
// another process may write, until the end of the image's log, the end of ctx, or
// an error of f.
func (l *Log) Read(ctx context.Context, follow bool, f func(Entry) error) error {
	if !follow {
		_, _, err := l.readFrom(0, f)
		return err
	}
	return l.Follow(ctx, func(context.Context) (bool, error) { return false, nil }, f)
}

// overInterval is how often a follower asks whether the image has ended.
const overInterval = time.Second

// Follow is [Log.Read] for who knows the image: it also stops when over says that the
// image has ended, because the last entry of a log may be lost on a full disk.
func (l *Log) Follow(ctx context.Context, over func(context.Context) (bool, error), f func(Entry) error) error {
	others, stop, err := l.watch()
	if err != nil {
		return err
	}
	defer stop()
	ask := time.NewTicker(overInterval)
	defer ask.Stop()
	said := 0 // how often; the last entry is written after the image has ended
	for at := int64(0); ; {
		grown := l.changed()
		n, ended, err := l.readFrom(at, f)
		if at += n; err != nil || ended || said > 1 {
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

// readFrom reads the whole lines from an offset and says how many bytes they had.
func (l *Log) readFrom(at int64, f func(Entry) error) (n int64, ended bool, err error) {
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer file.Close()
	r := bufio.NewReader(io.NewSectionReader(file, at, 1<<62))
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return n, ended, nil // the end, or a line being written
		}
		n += int64(len(line))
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			continue
		}
		if err := f(e); err != nil {
			return n, ended, err
		}
		ended = e.End
	}
}

// Sweep removes the logs of images that gone says are no more, and says how many
// bytes they had.
func (l *Logs) Sweep(gone func(a ingot.ARN) (bool, error)) (removed int, bytes int64, err error) {
	files, err := filepath.Glob(filepath.Join(l.dir, "*", "*", "*", "*-*.log"))
	if err != nil {
		return 0, 0, err
	}
	for _, f := range files {
		a, err := l.imageOf(f)
		if err != nil {
			continue // not ours
		}
		yes, err := gone(a)
		if err != nil {
			return removed, bytes, err
		}
		info, err := os.Stat(f)
		if !yes || err != nil {
			continue
		}
		if err := os.Remove(f); err != nil {
			return removed, bytes, err
		}
		removed, bytes = removed+1, bytes+info.Size()
	}
	return removed, bytes, nil
}

// imageOf reads the name of a log. The partition is not in it: here all images are
// of one.
func (l *Logs) imageOf(file string) (ingot.ARN, error) {
	rest, err := filepath.Rel(l.dir, strings.TrimSuffix(file, ".log"))
	if err != nil {
		return ingot.ARN{}, err
	}
	part := strings.Split(rest, string(filepath.Separator))
	dash := strings.LastIndexByte(part[3], '-')
	return ingot.ParseARN(fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/%s/%s/%s", part[1], part[0], part[2], part[3][:dash], part[3][dash+1:]))
}

// Tail gives the last n entries.
func (l *Log) Tail(n int) ([]Entry, error) {
	var last []Entry
	err := l.Read(context.Background(), false, func(e Entry) error {
		if last = append(last, e); len(last) > n {
			last = last[1:]
		}
		return nil
	})
	return last, err
}
