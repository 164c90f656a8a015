package sandbox

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// forgetNspawn removes what nspawn leaves below /run: a folder, if /run is not a file
// system of its own, and its lock files, if it was killed.
func forgetNspawn(key string) error {
	err := os.Remove(filepath.Join("/run/systemd/nspawn/propagate", key))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	for _, locks := range []string{"/run/systemd/nspawn/locks/*", "/run/systemd/nspawn-uid/*"} {
		files, gerr := filepath.Glob(locks)
		err = errors.Join(err, gerr)
		for _, f := range files {
			removeUnlocked(f)
		}
	}
	return err
}

// removeUnlocked removes a lock file that nobody holds. It holds the lock meanwhile, so
// that another process that opens the file notices.
func removeUnlocked(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return // it has been removed
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock) == nil {
		_ = os.Remove(path) // another process may have removed it
	}
}
