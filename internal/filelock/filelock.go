// Package filelock provides locks between processes, on files and folders. A lock belongs
// to the open file: it ends when all processes that have it open have closed it or have
// ended.
package filelock

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked is returned if somebody else has the lock.
var ErrLocked = errors.New("it is in use")

// Take waits for the lock of a file, which it makes if it does not exist.
func Take(path string) (*os.File, error) { return open(path, Exclusive) }

// Try takes the lock of a file, or returns [ErrLocked].
func Try(path string) (*os.File, error) {
	f, err := open(path, TryExclusive)
	if err == nil && !isAt(f, path) {
		f.Close()
		return nil, ErrLocked
	}
	return f, err
}

func open(path string, lock func(*os.File) error) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// isAt reports whether a file is the one at a path. Its last owner may have removed it,
// and another may be there by now.
func isAt(f *os.File, path string) bool {
	ours, err := f.Stat()
	theirs, perr := os.Lstat(path)
	return err == nil && perr == nil && os.SameFile(ours, theirs)
}

// Held reports whether somebody has the lock of a file. It takes the lock for a moment,
// which keeps others from it.
func Held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(lock(f, unix.LOCK_SH|unix.LOCK_NB), ErrLocked)
}

// While calls do while this process holds the lock of a folder.
func While(folder string, do func() error) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := Exclusive(d); err != nil {
		return fmt.Errorf("locking %s: %w", folder, err)
	}
	return do()
}

// Exclusive waits until nobody else has a lock on a file.
func Exclusive(f *os.File) error { return lock(f, unix.LOCK_EX) }

// TryExclusive is like Exclusive, but returns [ErrLocked] instead of waiting.
func TryExclusive(f *os.File) error { return lock(f, unix.LOCK_EX|unix.LOCK_NB) }

// Shared waits until nobody else has an exclusive lock on a file.
func Shared(f *os.File) error { return lock(f, unix.LOCK_SH) }

func lock(f *os.File, how int) error {
	for {
		switch err := unix.Flock(int(f.Fd()), how); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return ErrLocked
		default:
			return err
		}
	}
}
