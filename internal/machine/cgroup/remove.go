package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// goTime bounds how long killed processes may take to end.
	goTime = 20 * time.Second
	// removeTime bounds how long removing a guest's groups may take: a slow host takes
	// some milliseconds for each, and there may be [MaxGroups].
	removeTime = 2 * time.Minute
)

// Remove kills every process of the group and removes it with all below it. If it returns
// an error, the next call continues.
func (g *Group) Remove() error {
	var all error
	end := time.Now().Add(removeTime)
	// Guests make groups of their own in the last two, "systemd" and "unified". By then
	// no process is left that makes more.
	for _, hierarchy := range slices.Sorted(maps.Keys(g.dirs)) {
		all = errors.Join(all, removeTree(g.dirs[hierarchy], end))
	}
	return all
}

// removeTree removes a group from the leaves up. It retries, because the kernel does not
// notify when the last process of a group is gone.
func removeTree(dir string, end time.Time) error {
	for late := time.Now().Add(goTime); ; time.Sleep(5 * time.Millisecond) {
		err := removeOnce(dir, end)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if now := time.Now(); now.After(late) || now.After(end) {
			return fmt.Errorf("removing the cgroup %s: %w", dir, err)
		}
	}
}

// errLate ends a walk.
var errLate = errors.New("there are more groups below it than could be removed in time")

// removeOnce kills what is in a group and in those below it, and removes those that are
// empty. If one cannot be removed, the others are killed nevertheless.
func removeOnce(dir string, end time.Time) error {
	top, err := openGroup(unix.AT_FDCWD, dir)
	if err != nil {
		return err
	}
	// Where the kernel can kill a whole tree at once, it does; elsewhere the file does
	// not exist.
	_ = os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
	d := &descent{at: top, arrived: killIn, left: removeFrom, enough: func(int) error {
		if time.Now().After(end) {
			return errLate
		}
		return nil
	}}
	if err := d.run(); err != nil {
		return err
	}
	return unix.Rmdir(dir)
}

func killIn(dir *os.File) error { return killMembers(fmt.Sprintf("/proc/self/fd/%d", dir.Fd())) }

// removeFrom removes a group, if it has no processes, from the one above it.
func removeFrom(above *os.File, name string) error {
	return unix.Unlinkat(int(above.Fd()), name, unix.AT_REMOVEDIR)
}
