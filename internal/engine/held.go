package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// held are the paths that our own processes on this host work on: what they have open,
// where they stand, and what their command lines name.
type held []string

// heldFiles reads the kernel's list of processes. One that ends meanwhile holds
// nothing.
func heldFiles() (held, error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err == nil && len(processes) == 0 {
		err = errors.New("/proc has none")
	}
	if err != nil {
		return nil, fmt.Errorf("listing the processes of this host: %w", err)
	}
	var all held
	for _, p := range processes {
		if !ours(p) {
			continue
		}
		links, _ := filepath.Glob(p + "/fd/*") // the pattern is right
		for _, l := range append(links, p+"/cwd", p+"/root") {
			if target, err := os.Readlink(l); err == nil {
				all = append(all, target)
			}
		}
		if line, err := os.ReadFile(p + "/cmdline"); err == nil {
			all = append(all, strings.Split(string(line), "\x00")...)
		}
	}
	return all, nil
}

// ours says whether a process is one of this user's, and not one in a machine. Others can
// call themselves what they like, and mount what they like where our files lie.
func ours(process string) bool {
	here, err := os.Readlink("/proc/self/ns/pid")
	there, perr := os.Readlink(process + "/ns/pid")
	status, serr := os.ReadFile(process + "/status")
	if errors.Join(err, perr, serr) != nil || here != there {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if users, ok := strings.CutPrefix(line, "Uid:"); ok {
			// A program with the rights of another user gets its arguments from its caller.
			return !slices.ContainsFunc(strings.Fields(users), func(id string) bool { return id != strconv.Itoa(os.Geteuid()) })
		}
	}
	return false
}

// below says whether somebody works on the file, or on what is below the folder.
func (h held) below(path string) bool {
	for _, p := range h {
		if p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(p, path+"?") {
			return true
		}
	}
	return false
}
