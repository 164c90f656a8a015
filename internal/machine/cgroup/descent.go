package cgroup

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// descent walks the groups below one. A guest can make groups whose paths are too long to
// be opened, and deeper than a process can have descriptors. So each group is opened from
// the one above it, and one is open at a time.
type descent struct {
	at    *os.File
	way   []level // from the first group to this one
	found int     // groups below the first, until now
	gone  bool    // a group was removed or renamed before it was visited
	fault error   // the first of arrived and left

	// The walk continues after an error of these two, which may be nil.
	arrived func(dir *os.File) error
	left    func(above *os.File, name string) error
	// enough is called between steps; its error ends the walk.
	enough func(found int) error
}

// level is a group on the way: its name, and the names of the groups below it that are
// not visited yet.
type level struct {
	name string
	left []string
}

// run visits all groups below the first, and closes that.
func (d *descent) run() error {
	defer func() { d.at.Close() }()
	if err := d.arrive(""); err != nil {
		return err
	}
	for {
		if err := d.enough(d.found); err != nil {
			return err
		}
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

// arrive reads the names of the groups below this one.
func (d *descent) arrive(name string) error {
	if d.arrived != nil {
		d.note(d.arrived(d.at))
	}
	const some = 1000
	here := level{name: name}
	for {
		entries, err := d.at.ReadDir(some)
		for _, e := range entries {
			if e.IsDir() {
				here.left = append(here.left, e.Name())
				d.found++
			}
		}
		if err == io.EOF {
			d.way = append(d.way, here)
			return nil
		}
		if err == nil {
			err = d.enough(d.found)
		}
		if err != nil {
			return err
		}
	}
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
		d.gone = true
		return nil
	}
	if err != nil {
		return err
	}
	d.at.Close()
	d.at = next
	return d.arrive(name)
}

// up goes to the group above.
func (d *descent) up() error {
	above, err := openGroup(int(d.at.Fd()), "..")
	if err != nil {
		return err
	}
	d.at.Close()
	last := len(d.way) - 1
	name := d.way[last].name
	d.at, d.way = above, d.way[:last]
	if d.left != nil {
		d.note(d.left(above, name))
	}
	return nil
}

func openGroup(dir int, name string) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "opening", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
