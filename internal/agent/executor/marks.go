package executor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// marks lists the empty files of the working directory that tell the clean-up of an image
// what to do. They are kept over a restart because the default directory is /tmp, which
// many systems empty when they start; without them an image would keep its machine's id
// and keys.
func (e *executor) marks() (names []string) {
	all, err := os.ReadDir(e.workDir)
	if err != nil {
		return nil // a step has removed it, and what was in it
	}
	for _, f := range all {
		if f.Type().IsRegular() && (f.Name() == "perform_cleanup" || strings.HasPrefix(f.Name(), "skip_cleanup_")) {
			names = append(names, f.Name())
		}
	}
	return names
}

// restoreMarks makes the marks again that the restart has removed.
func (e *executor) restoreMarks() error {
	for _, name := range e.state.Marks {
		f, err := os.OpenFile(filepath.Join(e.workDir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	e.state.Marks = nil
	return nil
}
