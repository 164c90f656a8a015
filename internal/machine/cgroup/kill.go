package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// members returns the processes of a group, without those of the groups below it.
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

// atOnce bounds how many handles of processes are open: each takes a descriptor.
const atOnce = 256

// killMembers kills the processes of a group, but not those that appear meanwhile.
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

// killThese kills those of the processes that are in a group. It opens a handle of each
// process first and checks then that its number is a member's, so that a process outside
// the group that got the number meanwhile is not killed.
func killThese(dir string, pids []int) error {
	found := map[int]*os.Process{}
	for _, pid := range pids {
		if p, err := os.FindProcess(pid); err == nil { // else it has ended
			found[pid] = p
			defer func() { _ = p.Release() }() // it is not our child
		}
	}
	still, err := members(dir)
	if err != nil {
		return err
	}
	for _, pid := range still {
		if p := found[pid]; p != nil {
			_ = p.Kill() // it may have ended
		}
	}
	return nil
}
