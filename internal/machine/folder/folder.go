// Package folder keeps what processes know of a machine in files of its folder: what it
// was launched as, how it ended, and who has to do with it.
package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
	"ingot/internal/wholefile"
)

// Save writes a value as JSON into a file, which appears whole or not at all.
func Save(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return wholefile.Write(path, append(text, '\n'))
}

// Load reads what [Save] wrote.
func Load(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Exit reads how a machine ended. A supervisor that was killed leaves no word; then it
// is what silence says.
func Exit(path, silence string) (machine.Exit, error) {
	var exit machine.Exit
	err := Load(path, &exit)
	if errors.Is(err, os.ErrNotExist) {
		return machine.Exit{Kind: machine.Killed, Detail: silence}, nil
	}
	return exit, err
}

// ErrLocked says that somebody else has the lock.
var ErrLocked = errors.New("the machine is in use")

// Lock takes the lock that a file stands for, until the file is closed by all who have
// it, or gives [ErrLocked].
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && isAt(f, path) {
		return f, nil
	}
	f.Close()
	if err == nil || errors.Is(err, unix.EWOULDBLOCK) {
		return nil, ErrLocked
	}
	return nil, err
}

// isAt says whether a file is the one at a path. Who had the lock may have removed it, and
// another may lie there by now.
func isAt(f *os.File, path string) bool {
	ours, err := f.Stat()
	theirs, perr := os.Lstat(path)
	return err == nil && perr == nil && os.SameFile(ours, theirs)
}

// Locked says whether somebody has the lock. Who asks keeps others from it for that
// moment.
func Locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
