package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Leftovers asks the kernel what is still there of a data directory (mounts, loop
// devices, processes) and of machines (cgroups in every hierarchy, network links)
// that was not there before, when it was asked with nothing.
func Leftovers(data string, before []string) []string {
	return slices.DeleteFunc(traces(data), func(t string) bool { return slices.Contains(before, t) })
}

func traces(data string) []string {
	var left []string
	note := func(kind, what string) { left = append(left, kind+": "+what) }
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, data+"/") {
			note("mount", strings.TrimSpace(line))
		}
	}
	loops, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	for _, l := range loops {
		if name, err := os.ReadFile(l); err == nil && strings.HasPrefix(string(name), data) {
			note("loop device", l+" on "+strings.TrimSpace(string(name)))
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range processes {
		if line, err := os.ReadFile(p); err == nil && strings.Contains(string(line), data) {
			note("process", fmt.Sprintf("%s %q", p, line))
		}
	}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*/ingot/*/cgroup.procs")
	unified, _ := filepath.Glob("/sys/fs/cgroup/ingot/*/cgroup.procs")
	for _, g := range append(groups, unified...) {
		note("cgroup", filepath.Dir(g))
	}
	links, _ := filepath.Glob("/sys/class/net/ingot*")
	for _, l := range links {
		note("network link", l)
	}
	return left
}
