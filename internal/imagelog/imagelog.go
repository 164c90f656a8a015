// Package imagelog keeps one log per image, written to disk as it happens: what the
// engine did and why, what components printed, the console of a machine that failed.
//
// Entries of a run inside a machine carry the run's id and a sequence number, so after
// a restart only the rest is fetched and no line comes twice. The last entry of an
// image is marked as its end; [Follow] returns there.
//
// A log is a file of JSON lines, <dir>/<account>/<region>/<slug>/<version>-<build>.log.
// Its length is bounded; see [MaxBytes] and [MaxOwn].
//
// Terms:
//
//   - entry: one text of a log with its time and source. The source is the server, or
//     the component, console or machine whose text is passed on.
package imagelog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"ingot"
	"ingot/internal/visible"
)

// Bounds of a log. Guests decide how much they print, and logs stay until their image
// is deleted.
const (
	// MaxBytes bounds the file's length for texts that are passed on. A build that
	// installs a desktop prints some 5 MB.
	MaxBytes = 256 << 20
	// MaxOwn bounds it for the server's own texts, some hundred lines for an image.
	MaxOwn = MaxBytes + 16<<20
	// MaxText bounds the text of one entry in bytes; an agent's event is shorter.
	MaxText = 64 << 10
	// maxName bounds Source and From, in bytes.
	maxName = 1 << 10
	// maxLine is longer than the line of any entry within these bounds: JSON writes
	// some bytes as six.
	maxLine = 8 * MaxText
)

// errFull is the text of the entry that replaces all entries without room.
var errFull = fmt.Sprintf("the log has reached its bound of %d MiB: what components print from here on is not kept", MaxBytes>>20)

// Entry is one text of a log.
type Entry struct {
	Time   time.Time `json:"t"`
	Source string    `json:"src,omitempty"` // step, or step and component
	// From is whose text is passed on: "component NAME", "script NAME", "console". It
	// is empty for the server's own texts.
	From string `json:"from,omitempty"`
	Text string `json:"text"`
	Run  string `json:"run,omitempty"` // run inside a machine that printed it
	Seq  int64  `json:"seq,omitempty"` // number of the entry in that run
	End  bool   `json:"end,omitempty"`
	Full bool   `json:"full,omitempty"` // the log has reached its bound
}

// own reports whether an entry is the server's own. Entries of earlier versions that
// were passed on have a run and no From.
func (e Entry) own() bool { return e.From == "" && e.Run == "" }

// Logs is the folder of all logs. It is safe for use from several goroutines.
type Logs struct {
	dir  string
	mu   sync.Mutex
	open map[string]*Log
}

// Open returns the logs in dir, which is made with the first line.
func Open(dir string) *Logs { return &Logs{dir: dir, open: map[string]*Log{}} }

// Image returns the log of an image's build version ARN.
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
	if _, err := os.Stat(path); err != nil && !isMissing(err) {
		return nil, err
	}
	log := &Log{path: path, grown: make(chan struct{}), forget: func() { l.forget(arn) }}
	l.open[arn] = log
	return log, nil
}

// forget drops a log that has ended. Those who still hold it may read and write it.
func (l *Logs) forget(arn string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, arn)
}

// Log is the log of one image.
type Log struct {
	path   string
	forget func()
	mu     sync.Mutex
	grown  chan struct{} // closed and replaced at each write
	write  *writer       // nil until the first question or write
}

// Printf writes a line of the server's own.
func (l *Log) Printf(source, format string, args ...any) {
	l.Write(Entry{Source: source, Text: fmt.Sprintf(format, args...)})
}

// Rest closes the file until the next line is written. Thousands of images may wait,
// and each would keep a file open.
func (l *Log) Rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.write != nil {
		l.write.close()
	}
}

// End writes the last line.
func (l *Log) End(text string) { l.Write(Entry{Text: text, End: true}) }

// LastSeq returns the number of the last entry of a run, 0 when there is none.
func (l *Log) LastSeq(run string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, err := l.writer()
	if err != nil {
		return 0
	}
	return w.last[run]
}

// Write appends an entry, unless the log already has it or has no room for it. A log
// that cannot be written never fails a build.
func (l *Log) Write(e Entry) {
	if l.add(e) && e.End {
		l.forget()
	}
}

func (l *Log) add(e Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, err := l.writer()
	if err != nil || w.knows(e) {
		return false
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	e.Text, e.Source, e.From = visible.Clip(e.Text, MaxText), visible.Clip(e.Source, maxName), visible.Clip(e.From, maxName)
	if w.add(e) != nil {
		return false
	}
	close(l.grown)
	l.grown = make(chan struct{})
	return true
}

// writer returns the writer of the file; the first call reads the file.
func (l *Log) writer() (*writer, error) {
	if l.write != nil {
		return l.write, nil
	}
	w := &writer{path: l.path, last: map[string]int64{}}
	if err := w.recall(); err != nil {
		return nil, err
	}
	l.write = w
	return w, nil
}

// Sweep removes the logs of images for which gone returns true, and returns how many
// and how many bytes they had.
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

// imageOf returns the ARN of a log's image. File names have no partition: all images
// are of one.
func (l *Logs) imageOf(file string) (ingot.ARN, error) {
	rest, err := filepath.Rel(l.dir, strings.TrimSuffix(file, ".log"))
	if err != nil {
		return ingot.ARN{}, err
	}
	part := strings.Split(rest, string(filepath.Separator))
	dash := strings.LastIndexByte(part[3], '-')
	return ingot.ParseARN(fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/%s/%s/%s", part[1], part[0], part[2], part[3][:dash], part[3][dash+1:]))
}
