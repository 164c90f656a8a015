package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// members lists the processes of a group, without those of the groups below it.
func members(dir string) (pids []int, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	for _, f := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// atOnce is how many processes are held at a time: each takes a descriptor.
const atOnce = 256

// killMembers kills the processes of a group. Those that appear meanwhile are left.
func killMembers(dir string) error {
	pids, err := members(dir)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(pids, atOnce) {
		if err := killThese(dir, some); err != nil {
			return err
		}
	}
	return nil
}

// killThese kills those processes that are in a group. Whoever is a member after it was
// found is the one that was found: a number that was given to another process meanwhile,
// which is no member, is not hit.
func killThese(dir string, pids []int) error {
	found := map[int]*os.Process{}
	for _, pid := range pids {
		if p, err := os.FindProcess(pid); err == nil { // gone already is as good
			found[pid] = p
			defer func() { _ = p.Release() }() // nobody waits for it
		}
	}
	still, err := members(dir)
	if err != nil {
		return err
	}
	for _, pid := range still {
		if p := found[pid]; p != nil {
			_ = p.Kill() // gone already is as good
		}
	}
	return nil
}
