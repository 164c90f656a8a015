package action

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ingot/internal/document/component"
)

// copyFile copies a file, or the files that a wildcard matches, with their mode
// bits. A destination that ends in a slash is a folder and keeps the names.
func copyFile(call Call, in component.Value) error {
	source, destination := in.Get("source").Text, in.Get("destination").Text
	overwrite, err := boolean(in, "overwrite", true)
	if err != nil {
		return err
	}
	sources, err := call.match(source)
	if err != nil {
		return err
	}
	folder := strings.HasSuffix(destination, "/")
	switch {
	case len(sources) == 0:
		return fmt.Errorf("nothing matches %s", source)
	case len(sources) > 1 && !folder:
		return fmt.Errorf("%s matches %d files; the destination must be a folder and end in a slash", source, len(sources))
	}
	for _, from := range sources {
		to := call.path(destination)
		if folder {
			to = filepath.Join(to, filepath.Base(from))
		}
		if err := copyOne(from, to, overwrite); err != nil {
			return err
		}
	}
	return nil
}

func copyOne(from, to string, overwrite bool) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // only read from
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder; CopyFile copies files", from)
	}
	switch there, err := os.Stat(to); {
	case err == nil && there.IsDir():
		return fmt.Errorf("%s is a folder; end the destination in a slash to copy into it", to)
	case err == nil && os.SameFile(info, there):
		return fmt.Errorf("%s and %s are the same file", from, to)
	case err == nil && !overwrite:
		return fmt.Errorf("%s exists and overwrite is false", to)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeParent(to); err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	if _, err := io.Copy(dst, src); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode())
}

// match returns the paths that a path with an optional wildcard in its last part names. A
// path without one names itself, whether it is there or not; a wildcard matches files (no
// folders) within one folder, dot-files too.
func (c Call) match(text string) ([]string, error) {
	path := c.path(text)
	dir, pattern := filepath.Split(path)
	if strings.Contains(dir, "*") {
		return nil, fmt.Errorf("%s has a wildcard before its last part", text)
	}
	if !strings.Contains(pattern, "*") {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if !e.IsDir() && wildcard(pattern, e.Name()) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, nil
}

// wildcard matches a name against a pattern in which * stands for any text and
// every other character for itself.
func wildcard(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, found := strings.Cut(name, part)
		if !found {
			return false
		}
		name = rest
	}
	return strings.HasSuffix(name, last)
}
