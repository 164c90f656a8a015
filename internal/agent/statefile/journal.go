package statefile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ingot/internal/wholefile"
)

// Journal is a file to which JSON documents are appended, one a line. A document that a
// crash left half written at its end is removed when it is opened again.
type Journal struct {
	file *os.File
	size int64 // of the whole lines
}

// OpenJournal opens the journal at path, or begins one in a folder that exists, and calls
// take with each document in it. A document that take does not accept ends the journal;
// it and what follows are removed.
func OpenJournal(path string, take func(document []byte) error) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	j := &Journal{file: f}
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadBytes('\n')
		if err != nil || take(line) != nil {
			break
		}
		j.size += int64(len(line))
	}
	err = f.Truncate(j.size)
	if err == nil && j.size == 0 {
		err = wholefile.Sync(filepath.Dir(path)) // its name
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), f.Close())
	}
	return j, nil
}

// Append adds a document and returns when it is on stable storage. After an error the
// document is not in the journal.
func (j *Journal) Append(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a line of %s: %w", filepath.Base(j.file.Name()), err)
	}
	line = append(line, '\n')
	if _, err = j.file.WriteAt(line, j.size); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", j.file.Name(), err), j.file.Truncate(j.size))
	}
	j.size += int64(len(line))
	return nil
}

// Close closes the file; all that was added is on stable storage.
func (j *Journal) Close() error { return j.file.Close() }
