package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// removeTime bounds how long killed processes may take to end.
const removeTime = 20 * time.Second

// Remove kills every process of the group and removes it with all below it.
func (g *Group) Remove() error {
	var all error
	for _, dir := range g.dirs {
		all = errors.Join(all, removeTree(dir))
	}
	return all
}

// removeTree removes a group from the leaves up. The kernel tells nobody when the
// last process of a group is gone, so it is tried again.
func removeTree(dir string) error {
	for end := time.Now().Add(removeTime); ; time.Sleep(5 * time.Millisecond) {
		err := removeOnce(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("removing the cgroup %s: %w", dir, err)
		}
	}
}

// removeOnce kills what is in a group and in those below it, and removes those that are
// empty. What keeps one of them does not keep the others from being killed.
func removeOnce(dir string) error {
	top, err := openGroup(unix.AT_FDCWD, dir)
	if err != nil {
		return err
	}
	// Where the kernel can kill a whole tree at once, it does; elsewhere the file is not
	// there.
	_ = os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
	if err := (&descent{at: top}).run(); err != nil {
		return err
	}
	return unix.Rmdir(dir)
}

// descent walks the groups below one. A guest makes groups in its own group: their paths
// may be longer than a name can be, and they may be deeper than a process can have
// descriptors. So each group is reached from the one above it, and one is open at a time.
type descent struct {
	at    *os.File
	way   []level // from the first group to this one
	fault error
}

// level is a group on the way: its name, and the names of the groups below it that are
// still to be visited.
type level struct {
	name string
	left []string
}

// run ends when all groups below the first were visited, and closes that.
func (d *descent) run() error {
	defer func() { d.at.Close() }()
	if err := d.arrive(""); err != nil {
		return err
	}
	for {
		here := &d.way[len(d.way)-1]
		switch {
		case len(here.left) > 0:
			name := here.left[0]
			here.left = here.left[1:]
			if err := d.down(name); err != nil {
				return err
			}
		case len(d.way) == 1:
			return d.fault
		default:
			if err := d.up(); err != nil {
				return err
			}
		}
	}
}

// arrive kills who is in this group and lists the groups below it.
func (d *descent) arrive(name string) error {
	d.note(killMembers(fmt.Sprintf("/proc/self/fd/%d", d.at.Fd())))
	entries, err := d.at.ReadDir(-1)
	if err != nil {
		return err
	}
	here := level{name: name}
	for _, e := range entries {
		if e.IsDir() {
			here.left = append(here.left, e.Name())
		}
	}
	d.way = append(d.way, here)
	return nil
}

// note keeps the first fault. The processes of a threaded group are listed by the
// group above it, where they are killed.
func (d *descent) note(err error) {
	if d.fault == nil && err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, fs.ErrNotExist) {
		d.fault = err
	}
}

func (d *descent) down(name string) error {
	next, err := openGroup(int(d.at.Fd()), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	d.at.Close()
	d.at = next
	return d.arrive(name)
}

// up goes to the group above and removes this one, if nobody is left in it.
func (d *descent) up() error {
	above, err := openGroup(int(d.at.Fd()), "..")
	if err != nil {
		return err
	}
	d.at.Close()
	last := len(d.way) - 1
	name := d.way[last].name
	d.at, d.way = above, d.way[:last]
	d.note(unix.Unlinkat(int(above.Fd()), name, unix.AT_REMOVEDIR))
	return nil
}

func openGroup(dir int, name string) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "opening", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
