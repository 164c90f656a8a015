package server

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"ingot/internal/filesystem"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// syncDisks writes out every mounted file system and trims it. That a disk has no
// use for trimming, or the machine no right to it, is no error.
func syncDisks() error {
	unix.Sync()
	var all error
	for _, path := range diskMounts() {
		if err := settle(path); err != nil {
			all = errors.Join(all, fmt.Errorf("writing out %s: %w", path, err))
		}
	}
	return all
}

// settle asks one file system for errors that an earlier write met, which sync
// does not tell.
func settle(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil // mounted over, or gone
	}
	defer func() { _ = d.Close() }() // only looked at
	return filesystem.Trim(d)
}

// diskMounts lists one writable mount of each file system that is on a disk.
func diskMounts() (paths []string) {
	seen := map[[2]int]bool{}
	mounts, err := mountinfo.GetMounts(notOnDisk)
	if err != nil {
		return nil
	}
	for _, m := range mounts {
		if device := [2]int{m.Major, m.Minor}; !seen[device] {
			seen[device] = true
			paths = append(paths, m.Mountpoint)
		}
	}
	return paths
}

// notOnDisk skips mounts that are not on a disk or cannot be written.
func notOnDisk(m *mountinfo.Info) (skip, stop bool) {
	onDisk := strings.HasPrefix(m.Source, "/dev/") && !strings.HasPrefix(m.FSType, "fuse.")
	writable := !strings.HasPrefix(m.Options+",", "ro,") && !strings.HasPrefix(m.VFSOptions+",", "ro,")
	return !onDisk || !writable, false
}

// freezer stops writes to file systems and never forgets to let them go on.
type freezer struct {
	mu     sync.Mutex
	frozen map[string]*ice
}

// ice is one frozen file system.
type ice struct {
	folder *os.File
	timer  *time.Timer
}

// freeze stops the writes for at most most.
func (f *freezer) freeze(path string, most time.Duration) error {
	if most <= 0 {
		return errors.New("a freeze needs a time after which it ends by itself")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if already := f.frozen[path]; already != nil && already.timer.Reset(most) {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := filesystem.Freeze(folder); err != nil {
		return errors.Join(fmt.Errorf("freezing %s: %w", path, err), folder.Close())
	}
	if f.frozen == nil {
		f.frozen = map[string]*ice{}
	}
	f.frozen[path] = &ice{folder: folder, timer: time.AfterFunc(most, func() { _ = f.thaw(path) })}
	return nil
}

// thaw lets the writes go on; a path that is not frozen is a success.
func (f *freezer) thaw(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	ice := f.frozen[path]
	if ice == nil {
		return nil
	}
	ice.timer.Stop()
	delete(f.frozen, path)
	err := filesystem.Thaw(ice.folder) // somebody else may have done it
	_ = ice.folder.Close()             // only held
	if err != nil {
		return fmt.Errorf("thawing %s: %w", path, err)
	}
	return nil
}

func (f *freezer) thawAll() {
	f.mu.Lock()
	var paths []string
	for path := range f.frozen {
		paths = append(paths, path)
	}
	f.mu.Unlock()
	for _, path := range paths {
		_ = f.thaw(path) // there is nobody to tell
	}
}
