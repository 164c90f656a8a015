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

// syncDisks writes out every mounted file system and trims it. It is not an error if a
// disk cannot be trimmed or the machine may not do it.
func syncDisks() error {
	unix.Sync()
	var all error
	for _, path := range diskMounts() {
		if err := syncfs(path); err != nil {
			all = errors.Join(all, fmt.Errorf("writing out %s: %w", path, err))
		}
	}
	return all
}

// syncfs trims one file system, and returns errors of earlier writes, which sync does not
// report.
func syncfs(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil // mounted over, or gone
	}
	defer func() { _ = d.Close() }() // only read
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

// frozenSet holds the frozen file systems. Each is thawed after a time, in any case.
type frozenSet struct {
	mu     sync.Mutex
	byPath map[string]*frozenFS
}

// frozenFS is one frozen file system.
type frozenFS struct {
	folder *os.File
	timer  *time.Timer
}

// freeze stops writes for at most the duration most.
func (f *frozenSet) freeze(path string, most time.Duration) error {
	if most <= 0 {
		return errors.New("a freeze needs a time after which it ends by itself")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if already := f.byPath[path]; already != nil && already.timer.Reset(most) {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := filesystem.Freeze(folder); err != nil {
		return errors.Join(fmt.Errorf("freezing %s: %w", path, err), folder.Close())
	}
	if f.byPath == nil {
		f.byPath = map[string]*frozenFS{}
	}
	f.byPath[path] = &frozenFS{folder: folder, timer: time.AfterFunc(most, func() { _ = f.thaw(path) })}
	return nil
}

// thaw lets writes continue. A path that is not frozen is a success.
func (f *frozenSet) thaw(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := f.byPath[path]
	if held == nil {
		return nil
	}
	held.timer.Stop()
	delete(f.byPath, path)
	err := filesystem.Thaw(held.folder) // it may be thawed already
	_ = held.folder.Close()             // only held
	if err != nil {
		return fmt.Errorf("thawing %s: %w", path, err)
	}
	return nil
}

func (f *frozenSet) thawAll() {
	f.mu.Lock()
	var paths []string
	for path := range f.byPath {
		paths = append(paths, path)
	}
	f.mu.Unlock()
	for _, path := range paths {
		_ = f.thaw(path) // there is no caller to tell
	}
}
