package server

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctls on a file system, with the same numbers on every machine we know.
const (
	fiFreeze = 0xc0045877
	fiThaw   = 0xc0045878
	fiTrim   = 0xc0185879
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
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return err
	}
	all := struct{ start, length, smallest uint64 }{length: ^uint64(0)}
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, d.Fd(), fiTrim, uintptr(unsafe.Pointer(&all)))
	return nil
}

// diskMounts lists one writable mount of each file system that is on a disk.
func diskMounts() []string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return parseMounts(string(text))
}

func parseMounts(text string) []string {
	var paths []string
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		front, back, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(front), strings.Fields(back)
		if !ok || len(fields) < 6 || len(kind) < 3 {
			continue
		}
		device, path, options := fields[2], fields[4], fields[5]
		onDisk := strings.HasPrefix(kind[1], "/dev/") && !strings.HasPrefix(kind[0], "fuse.")
		writable := !strings.HasPrefix(options+",", "ro,") && !strings.HasPrefix(kind[2]+",", "ro,")
		if onDisk && writable && !seen[device] {
			seen[device] = true
			paths = append(paths, unescape.Replace(path))
		}
	}
	return paths
}

// unescape undoes how mountinfo writes blanks.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

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
	if err := control(folder, fiFreeze); err != nil {
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
	err := control(ice.folder, fiThaw)
	_ = ice.folder.Close()                          // only held
	if err != nil && !errors.Is(err, unix.EINVAL) { // somebody else has thawed it
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

func control(f *os.File, request uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), request, 0); errno != 0 {
		return errno
	}
	return nil
}
