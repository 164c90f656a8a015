// Package statefile keeps JSON documents that must survive a crash at any moment: a file
// holds the old content or the new one, never a part, and a journal holds all that was
// added to it, in order.
package statefile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"ingot/internal/wholefile"
)

// Write replaces the file at path by v as JSON and returns when it is on stable
// storage. Its folder must exist.
func Write(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", filepath.Base(path), err)
	}
	return wholefile.Write(path, text)
}

// Read fills v from the file at path. The error of a missing file is
// fs.ErrNotExist.
func Read(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
