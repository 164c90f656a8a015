package action

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ingot/internal/document/component"
)

// createFile writes a file with its content, owner and permissions. An existing
// one is truncated, unless overwrite is false.
func createFile(call Call, in component.Value) error {
	path := call.path(in.Get("path").Text)
	content, err := encode(in.Get("content").Text, in.Get("encoding").Text, true)
	if err != nil {
		return err
	}
	look, err := lookOf(in)
	if err != nil {
		return err
	}
	overwrite, err := boolean(in, "overwrite", true)
	if err != nil {
		return err
	}
	if err := makeParent(path); err != nil {
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !overwrite {
		flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	}
	if err := writeTo(path, flags, content); err != nil {
		if errors.Is(err, fs.ErrExist) && !overwrite {
			return fmt.Errorf("%s exists and overwrite is false", path)
		}
		return err
	}
	return look.apply(path)
}

// appendFile adds to the end of a file that exists.
func appendFile(call Call, in component.Value) error {
	path := call.path(in.Get("path").Text)
	content, err := encode(in.Get("content").Text, in.Get("encoding").Text, false)
	if err != nil {
		return err
	}
	return writeTo(path, os.O_WRONLY|os.O_APPEND, content)
}

// createFolder makes a folder. For one that exists only owner and permissions
// are applied, unless overwrite is false.
func createFolder(call Call, in component.Value) error {
	path := call.path(in.Get("path").Text)
	look, err := lookOf(in)
	if err != nil {
		return err
	}
	overwrite, err := boolean(in, "overwrite", true)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s exists and is no folder", path)
	case err == nil && !overwrite:
		return fmt.Errorf("%s exists and overwrite is false", path)
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(path, 0o777); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	return look.apply(path)
}

// makeParent makes the folders above a path.
func makeParent(path string) error {
	return os.MkdirAll(filepath.Dir(path), 0o777) // less the umask, as mkdir -p
}

// writeTo opens, writes and closes a file; a close that fails has lost data.
func writeTo(path string, flags int, content []byte) error {
	f, err := os.OpenFile(path, flags, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
