// Package wholefile writes files that appear whole or not at all.
//
// The content is written to a new file in the same folder. Its name cannot be guessed, it
// is never an existing file or link, and only its owner can read it. When all is written
// and on stable storage it is renamed; if a write fails it is removed. A process that is
// killed in between leaves NAME.<random>.part.
package wholefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Pattern matches the names of files that killed writers left, in the syntax of
// [filepath.Match].
const Pattern = "*.part"

// File is a file that is being written. A program that needs its name uses
// [os.File.Name], which is absolute; where others may change the folder, only the
// descriptor is safe.
type File struct {
	*os.File
	folder *os.File
	part   string // its name in the folder
	target string // the name that it will have
}

// Create creates a file that will be at path. The caller ends it with [File.Commit] or
// [File.CommitNew], or else with [File.Discard].
func Create(path string) (*File, error) {
	path, err := filepath.Abs(path) // tools may take some relative names for something else
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenFile(filepath.Dir(path), os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	const most = 200 // bytes of a name; our suffix needs the rest
	target := filepath.Base(path)
	part := target[:min(len(target), most)] + "." + strings.ToLower(rand.Text()) + ".part"
	fd, err := unix.Openat(int(folder.Fd()), part, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		_ = folder.Close() // nothing was written to it
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), filepath.Join(filepath.Dir(path), part))
	return &File{File: f, folder: folder, part: part, target: target}, nil
}

// Commit puts the file on stable storage and renames it to path, which replaces a file
// or link of that name.
func (f *File) Commit() error { return f.commit(f.replace) }

// CommitNew is Commit for a name that must be free; otherwise it returns fs.ErrExist.
func (f *File) CommitNew() error { return f.commit(f.place) }

func (f *File) commit(name func() error) error {
	err := f.Sync()
	if err == nil {
		err = name()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", filepath.Join(filepath.Dir(f.Name()), f.target), err), f.Discard())
	}
	f.part = ""
	err = f.folder.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some file systems cannot sync a folder
	}
	return errors.Join(err, f.Discard())
}

func (f *File) replace() error {
	at := int(f.folder.Fd())
	return unix.Renameat(at, f.part, at, f.target)
}

// place renames the file only if the name is free. Some file systems do that by a
// rename, some by a link; on others it first looks whether the name is free.
func (f *File) place() error {
	at := int(f.folder.Fd())
	err := unix.Renameat2(at, f.part, at, f.target, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	err = unix.Linkat(at, f.part, at, f.target, 0)
	switch {
	case err == nil:
		return unix.Unlinkat(at, f.part, 0)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	var there unix.Stat_t
	if unix.Fstatat(at, f.target, &there, unix.AT_SYMLINK_NOFOLLOW) == nil {
		return fs.ErrExist
	}
	return f.replace()
}

// Discard closes the file and removes it unless it was renamed. It may be called again.
func (f *File) Discard() error {
	var err error
	if f.part != "" {
		err = unix.Unlinkat(int(f.folder.Fd()), f.part, 0)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // removed by another
		}
	}
	f.part = ""
	return errors.Join(err, closed(f.File), closed(f.folder))
}

// closed closes a file that may be closed already.
func closed(f *os.File) error {
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Write replaces the content of the file at path.
func Write(path string, content []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), f.Discard())
	}
	return f.Commit()
}

// Sync puts what was written to a file, or the names in a folder, on stable storage.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
