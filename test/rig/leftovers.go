package rig

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ingot/internal/machine/network"
)

// Leftovers lists, from the kernel, what is left of a data directory (mounts in any
// namespace, loop devices, processes, folders of machines) and of machines (cgroups in
// every hierarchy, network links, packet-filter chains) and is not in before.
func Leftovers(data string, before []string) []string {
	return slices.DeleteFunc(traces(data), func(t string) bool { return slices.Contains(before, t) })
}

func traces(data string) []string {
	return slices.Concat(mounts(data), loops(data), processes(data), groups(scope(data)), links(scope(data)), files(data))
}

// mounts looks into every mount namespace: a machine's disk is mounted in one of its
// supervisor's own.
func mounts(data string) (left []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	seen := map[string]bool{}
	for _, p := range append([]string{"/proc/self"}, processes...) {
		namespace, err := os.Readlink(p + "/ns/mnt")
		if err != nil || seen[namespace] {
			continue // it has ended, or its namespace was seen
		}
		seen[namespace] = true
		text, _ := os.ReadFile(p + "/mountinfo")
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, data+"/") {
				left = append(left, "mount: "+strings.TrimSpace(line)+" in "+namespace)
			}
		}
	}
	return left
}

func loops(data string) (left []string) {
	loops, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	for _, l := range loops {
		if name, err := os.ReadFile(l); err == nil && strings.HasPrefix(string(name), data) {
			left = append(left, "loop device: "+l+" on "+strings.TrimSpace(string(name)))
		}
	}
	return left
}

// processes lists those that name the data directory or have a file in it open, as QEMU
// has the disk of its machine.
func processes(data string) (left []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		line, err := os.ReadFile(p + "/cmdline")
		if err == nil && (strings.Contains(string(line), data) || hasOpen(p, data+"/")) {
			left = append(left, fmt.Sprintf("process: %s %q", p, line))
		}
	}
	return left
}

func hasOpen(process, below string) bool {
	files, _ := filepath.Glob(process + "/fd/*")
	return slices.ContainsFunc(files, func(f string) bool {
		to, err := os.Readlink(f)
		return err == nil && strings.HasPrefix(to, below)
	})
}

// scope is a part of every name in the kernel's lists of a machine of the data directory,
// and of no name of other servers' machines.
func scope(data string) string {
	h := fnv.New32a()
	h.Write([]byte(filepath.Join(data, "pool/machines")))
	return fmt.Sprintf(".%08x", h.Sum32())
}

func groups(scope string) (left []string) {
	for _, top := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
		groups, _ := filepath.Glob(top + "/ingot/*/cgroup.procs")
		for _, g := range groups {
			if name := filepath.Dir(g); strings.Contains(name, scope) {
				left = append(left, "cgroup: "+name)
			}
		}
	}
	return left
}

// links lists links of machines, and what has to be removed with the last link: the
// rules, and the note of the former state of forwarding. It leaves out other servers'
// machines.
func links(scope string) (left []string) {
	all, err := network.Tokens()
	if err != nil {
		return []string{"network links: " + err.Error()}
	}
	for device, token := range all {
		if strings.Contains(token, scope) {
			left = append(left, "network link: "+device)
		}
	}
	unswept, err := network.Unswept()
	if err != nil {
		return append(left, "packet filter: "+err.Error())
	}
	for _, u := range unswept {
		left = append(left, "without a machine that needs it: "+u)
	}
	return left
}

// files lists folders of machines.
func files(data string) (left []string) {
	found, _ := filepath.Glob(filepath.Join(data, "pool/machines/*"))
	for _, f := range found {
		left = append(left, "file: "+f)
	}
	return left
}
