package cgroup

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// OutOfMemory reports whether the kernel killed a process of the group because of its
// limit.
func (g *Group) OutOfMemory() bool {
	dir, file := g.dirs["memory"], "memory.oom_control"
	if g.v2 {
		dir, file = g.dirs[""], "memory.events"
	}
	return counted(filepath.Join(dir, file), "oom_kill ")
}

// counted reports whether a file has a line with a word and a count that is not zero.
func counted(file, word string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if n, ok := strings.CutPrefix(s.Text(), word); ok {
			return n != "0"
		}
	}
	return false
}

// OutOfMemory reports whether a process of any group of a machine was killed because of
// the group's limit.
func OutOfMemory(token string) bool { return anyOf(token, (*Group).OutOfMemory) }

// anyOf reports whether holds returns true for a group of a machine.
func anyOf(token string, holds func(*Group) bool) bool {
	names, err := Names()
	return err == nil && slices.ContainsFunc(names, func(n string) bool {
		return strings.HasPrefix(n, token+".") && holds(find(n))
	})
}

// OutOfTasks reports whether a process of the group, or of one below it, could not be
// started because of the group's limit. Older kernels count that in the group below.
func (g *Group) OutOfTasks() bool {
	top := g.dirs["pids"]
	if g.v2 {
		top = g.dirs[""]
	}
	met := false
	_ = filepath.WalkDir(top, func(dir string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() { // else it has been removed
			met = met || counted(filepath.Join(dir, "pids.events"), "max ")
		}
		return nil
	})
	return met
}

// OutOfTasks reports whether a process of any group of a machine could not be started
// because of the group's limit.
func OutOfTasks(token string) bool { return anyOf(token, (*Group).OutOfTasks) }

var errMany = errors.New("too many groups")

// OutOfGroups reports whether there are more than [MaxGroups] groups below the group in a
// hierarchy that cannot limit them: that of the guest's systemd, which is v1 unless the
// host has only v2.
func (g *Group) OutOfGroups() bool {
	// A walk may miss groups that a guest renames meanwhile, but not every walk does.
	const walks = 20
	dir := g.dirs["systemd"]
	for range walks {
		if dir == "" {
			return false
		}
		top, err := openGroup(unix.AT_FDCWD, dir)
		if err != nil {
			return false
		}
		d := &descent{at: top, enough: func(found int) error {
			if found > MaxGroups {
				return errMany
			}
			return nil
		}}
		if err := d.run(); err == errMany {
			return true
		}
		if !d.gone {
			return false
		}
	}
	return false
}
