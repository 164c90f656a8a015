package imagelog

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// watch reports writes to the log by any process. The file may not exist yet, so its
// folder is watched.
func (l *Log) watch() (written <-chan struct{}, stop func(), err error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, fmt.Errorf("watching %s: %w", l.path, err)
	}
	dir := filepath.Dir(l.path)
	if err = os.MkdirAll(dir, 0o700); err == nil {
		err = w.Add(dir)
	}
	if err != nil {
		_ = w.Close() // the error of the folder says more
		return nil, nil, fmt.Errorf("watching %s: %w", l.path, err)
	}
	told := make(chan struct{}, 1)
	go l.tell(w, told)
	return told, func() { _ = w.Close() }, nil
}

// tell sends on told when something was written, until the watcher is closed. An error
// means that events were lost, so it counts as a write.
func (l *Log) tell(w *fsnotify.Watcher, told chan<- struct{}) {
	for {
		select {
		case e, open := <-w.Events:
			if !open {
				return
			}
			if e.Name != l.path {
				continue
			}
		case _, open := <-w.Errors:
			if !open {
				return
			}
		}
		select {
		case told <- struct{}{}:
		default:
		}
	}
}
