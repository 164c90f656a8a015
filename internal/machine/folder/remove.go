package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// RemoveAll removes a path and all below it, and follows no link. Unlike [os.RemoveAll]
// it needs only a few descriptors, because a guest can make folders deeper than a process
// may have descriptors.
func RemoveAll(path string) error {
	err := unix.Rmdir(path)
	if errors.Is(err, unix.ENOTDIR) {
		err = unix.Unlink(path)
	}
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
		if err = empty(path); err == nil {
			err = unix.Rmdir(path)
		}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return &os.PathError{Op: "removing", Path: path, Err: err}
	}
	return nil
}

// empty removes the contents of a folder. It moves folders of its folders up into it, so
// that never more than two levels are open.
func empty(path string) error {
	top, err := openFolder(unix.AT_FDCWD, path)
	if err != nil {
		return err
	}
	defer top.Close()
	for moved := 0; ; {
		names, err := names(top)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if removeAt(top, name) == nil {
				continue
			}
			if err := flatten(top, name, &moved); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(path, name), err)
			}
		}
	}
}

// flatten empties a folder in top, and removes it.
func flatten(top *os.File, name string, moved *int) error {
	sub, err := openFolder(int(top.Fd()), name)
	if err != nil {
		return err
	}
	defer sub.Close()
	for {
		names, err := names(sub)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			return removeAt(top, name)
		}
		for _, n := range names {
			err := removeAt(sub, n)
			if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
				err = moveUp(sub, n, top, moved)
			}
			if err != nil {
				return err
			}
		}
	}
}

// moveUp moves a folder into top, under a free name.
func moveUp(sub *os.File, name string, top *os.File, moved *int) error {
	for {
		*moved++
		err := unix.Renameat2(int(sub.Fd()), name, int(top.Fd()), fmt.Sprintf("moved-%d", *moved), unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
}

// removeAt removes a file or an empty folder.
func removeAt(dir *os.File, name string) error {
	err := unix.Unlinkat(int(dir.Fd()), name, 0)
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
		err = unix.Unlinkat(int(dir.Fd()), name, unix.AT_REMOVEDIR)
	}
	return err
}

func openFolder(dir int, name string) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// names returns some of the names in a folder, from its beginning, and none if it is
// empty.
func names(dir *os.File) ([]string, error) {
	const some = 1024
	if _, err := dir.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(some)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}
