// Package cgroup limits what a machine may use, and finds and removes what it left.
//
// Hosts differ: most have one hierarchy (v2), older ones a hierarchy for each
// controller (v1) beside systemd's own. A [Group] is one folder of the same name in
// every hierarchy that the host has.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	mountPoint = "/sys/fs/cgroup"
	parent     = "ingot" // all groups of ours are below it
)

// Limits of a group; zero is no limit.
type Limits struct {
	CPUs      int
	MemoryMiB int
	Tasks     int
	Devices   []Device // that may be used, and no others; nil is no limit
}

// Group is a named group in every hierarchy.
type Group struct {
	name string
	v2   bool
	dirs map[string]string // by hierarchy; v2 has "" alone
}

// unified reports whether the host has v2 only.
func unified() bool {
	var s unix.Statfs_t
	return unix.Statfs(mountPoint, &s) == nil && s.Type == unix.CGROUP2_SUPER_MAGIC
}

// hierarchies returns the folders of all hierarchies by name.
func hierarchies() map[string]string {
	if unified() {
		return map[string]string{"": mountPoint}
	}
	all := map[string]string{}
	for _, name := range []string{"memory", "cpu", "pids", devices, "systemd", "unified"} {
		dir := filepath.Join(mountPoint, name)
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil {
			all[name] = dir
		}
	}
	return all
}

// New makes a group with limits. It first removes an existing group of that name, because
// systemd does not start in a group that has children.
func New(name string, l Limits) (*Group, error) {
	g := find(name)
	if err := g.Remove(); err != nil {
		return nil, err
	}
	for _, dir := range g.dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the cgroup %s: %w", name, err)
		}
	}
	err := g.limit(l)
	if l.Devices != nil {
		err = errors.Join(err, g.limitDevices(l.Devices))
	}
	return g, err
}

func find(name string) *Group {
	g := &Group{name: name, v2: unified(), dirs: map[string]string{}}
	for h, dir := range hierarchies() {
		g.dirs[h] = filepath.Join(dir, parent, name)
	}
	return g
}

func (g *Group) limit(l Limits) error {
	if g.v2 {
		for _, dir := range []string{mountPoint, filepath.Join(mountPoint, parent)} {
			if err := delegate(dir, "+memory +cpu +pids"); err != nil {
				return err
			}
		}
	}
	var all error
	set := func(given bool, hierarchy, v1, v2, value string) {
		if !given {
			return
		}
		file := v1
		if g.v2 {
			hierarchy, file = "", v2
			if v2 == "cpu.max" {
				value += " 100000"
			}
		}
		if dir := g.dirs[hierarchy]; dir != "" {
			all = errors.Join(all, write(dir, file, value))
		}
	}
	set(l.MemoryMiB > 0, "memory", "memory.limit_in_bytes", "memory.max", fmt.Sprint(int64(l.MemoryMiB)<<20))
	if l.MemoryMiB > 0 && g.v2 {
		// Otherwise a machine that fills its memory would use the host's swap.
		if err := write(g.dirs[""], "memory.swap.max", "0"); !errors.Is(err, fs.ErrNotExist) { // a kernel without swap
			all = errors.Join(all, err)
		}
	}
	set(l.CPUs > 0, "cpu", "cpu.shares", "cpu.weight", weight(g.v2, l.CPUs))
	set(l.CPUs > 0, "cpu", "cpu.cfs_quota_us", "cpu.max", fmt.Sprint(l.CPUs*100000))
	set(l.Tasks > 0, "pids", "pids.max", "pids.max", fmt.Sprint(l.Tasks))
	return errors.Join(all, g.limitGroups(), g.weighParent())
}

// MaxGroups is how many groups may be made below a group; systemd makes some hundred.
// Each takes some kilobytes of the kernel's memory, most of which no limit counts.
const MaxGroups = 10000

// limitGroups limits how many groups a guest makes and how deep, in the hierarchies where
// the kernel can. For the others see [Group.OutOfGroups].
func (g *Group) limitGroups() (err error) {
	for _, hierarchy := range []string{"", "unified"} {
		if dir := g.dirs[hierarchy]; dir != "" {
			err = errors.Join(err, write(dir, "cgroup.max.depth", "32"), write(dir, "cgroup.max.descendants", fmt.Sprint(MaxGroups)))
		}
	}
	return err
}

// weight returns the share of the processors that a group gets when all of them are busy:
// as much as that many processes outside of any group. By default it would be that of one
// process.
func weight(v2 bool, cpus int) string {
	if v2 {
		return fmt.Sprint(min(100*cpus, 10000))
	}
	return fmt.Sprint(1024 * cpus)
}

// weighParent sets the weight of all machines together to that of all processors.
func (g *Group) weighParent() error {
	if g.v2 {
		return write(filepath.Join(mountPoint, parent), "cpu.weight", weight(true, runtime.NumCPU()))
	}
	if dir := g.dirs["cpu"]; dir != "" {
		return write(filepath.Dir(dir), "cpu.shares", weight(false, runtime.NumCPU()))
	}
	return nil
}

func write(dir, file, value string) error {
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		return fmt.Errorf("limiting a machine: %w", err)
	}
	return nil
}

// Add moves a process and all its threads into the group.
func (g *Group) Add(pid int) error {
	dirs := maps.Clone(g.dirs)
	if dir := dirs[devices]; dir != "" && isGroup(filepath.Join(dir, inside)) {
		dirs[devices] = filepath.Join(dir, inside)
	}
	return enter(dirs, pid)
}

// Has reports whether a process is in the group or in one below it.
func (g *Group) Has(pid int) bool {
	found := false
	for _, dir := range g.dirs {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				pids, _ := members(path) // none if the group has just been removed
				found = found || slices.Contains(pids, pid)
			}
			return nil
		})
	}
	return found
}

// Leave moves a process to the top of every hierarchy, or to hostGroup where processes
// cannot be at the top.
func Leave(pid int) error {
	dirs := hierarchies()
	if aside := filepath.Join(mountPoint, hostGroup); unified() && isGroup(aside) {
		dirs = map[string]string{"": aside}
	}
	return enter(dirs, pid)
}

func enter(dirs map[string]string, pid int) error {
	var all error
	for _, dir := range dirs {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			all = errors.Join(all, err)
		}
	}
	return all
}

// Names returns the names of our groups in any hierarchy.
func Names() ([]string, error) {
	seen := map[string]bool{}
	var names []string
	for _, dir := range hierarchies() {
		entries, err := os.ReadDir(filepath.Join(dir, parent))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() && !seen[e.Name()] {
				seen[e.Name()] = true
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

// RemoveAll removes the groups of a machine: <token>.<start>.
func RemoveAll(token string) error {
	names, err := Names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if strings.HasPrefix(n, token+".") {
			err = errors.Join(err, find(n).Remove())
		}
	}
	return err
}
