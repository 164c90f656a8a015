// Package filelock has processes exclude each other by locks on files and folders. A lock
// belongs to the open file: it ends when all who have it open have closed it or have
// ended.
package filelock

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked says that somebody else has the lock.
var ErrLocked = errors.New("it is in use")

// Take waits for the lock that a file stands for. The file is made if it is not there.
func Take(path string) (*os.File, error) { return open(path, Exclusive) }

// Try takes the lock that a file stands for, or gives [ErrLocked].
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

// isAt says whether a file is the one at a path. Who had the lock may have removed it, and
// another may lie there by now.
func isAt(f *os.File, path string) bool {
	ours, err := f.Stat()
	theirs, perr := os.Lstat(path)
	return err == nil && perr == nil && os.SameFile(ours, theirs)
}

// Held says whether somebody has the lock that a file stands for. Who asks keeps others
// from it for that moment.
func Held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(lock(f, unix.LOCK_SH|unix.LOCK_NB), ErrLocked)
}

// While does something while nobody else has the lock of a folder.
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

// TryExclusive is Exclusive that does not wait but gives [ErrLocked].
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
