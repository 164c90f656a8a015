package imagelog

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writer appends to a log's file. Only one process has one.
type writer struct {
	path string
	file *os.File         // nil while closed
	size int64            // of the whole lines
	last map[string]int64 // highest sequence number of each run
	full bool             // errFull is written
	over bool             // the last entry is written
}

// recall reads what was written by others, mostly by an earlier process, since this
// writer last looked.
func (w *writer) recall() error {
	var err error
	w.size, err = scan(w.path, w.size, func(e Entry) error {
		w.note(e)
		return nil
	})
	return err
}

func (w *writer) note(e Entry) {
	if e.Run != "" {
		w.last[e.Run] = max(w.last[e.Run], e.Seq)
	}
	w.full = w.full || e.Full
	w.over = w.over || e.End
}

// knows reports whether the log has an entry of a run.
func (w *writer) knows(e Entry) bool { return e.Run != "" && e.Seq <= w.last[e.Run] }

// add appends an entry if there is room for it, and errFull once if there is none. It
// closes the file after an error, because half a line may be there that open cuts off,
// and after the last entry, because little is written later.
func (w *writer) add(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	switch fits := w.size + int64(len(line)); {
	case fits <= MaxBytes, e.own() && fits <= MaxOwn:
		err = w.append(line)
	case e.own() || w.full:
	default:
		return w.add(Entry{Time: e.Time, Source: e.Source, Text: errFull, Full: true})
	}
	if err == nil {
		w.note(e)
	}
	if err != nil || w.over {
		w.close()
	}
	return err
}

// append writes a line.
func (w *writer) append(line []byte) error {
	if err := w.open(); err != nil {
		return err
	}
	_, err := w.file.Write(line)
	if err == nil {
		w.size += int64(len(line))
	}
	return err
}

func (w *writer) close() {
	if w.file != nil {
		_ = w.file.Close() // the lines are written or lost
		w.file = nil
	}
}

// open opens the file and cuts off an unfinished line.
func (w *writer) open() error {
	if w.file != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = w.recall(); err == nil {
		err = w.cut(f)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.file = f
	return nil
}

// cut truncates the file after its last whole line. A file that was removed begins
// anew.
func (w *writer) cut(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if w.size > info.Size() {
		w.size = 0
		return w.recall()
	}
	return f.Truncate(w.size)
}

// isMissing reports whether an error means that nothing was written yet.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
