package imagelog

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writer is the end of a log's file. Only one process has one.
type writer struct {
	path string
	file *os.File         // nil while nothing is being written
	size int64            // of the whole lines
	last map[string]int64 // highest sequence number of each run
	full bool             // the entry that says so is there
	over bool             // the last entry is there
}

// recall reads what others wrote since this writer looked: an earlier process, mostly.
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

// knows says whether the log has an entry of a run.
func (w *writer) knows(e Entry) bool { return e.Run != "" && e.Seq <= w.last[e.Run] }

// add appends an entry, if there is room for it. That there is none is said once. The
// file is closed after an error, when half a line may be there that goes when it is
// opened again, and when the image has ended: what is said of it later is little.
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
		_ = w.file.Close() // the lines are written, or lost
		w.file = nil
	}
}

// open opens the file and cuts off a line that was not finished.
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

// cut removes what stands behind the whole lines. A file that somebody has removed
// begins anew.
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

// isMissing tells a log of which nothing was written yet.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
