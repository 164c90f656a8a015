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

// held are the paths that our own processes on this host use: their open files, their
// working and root directories, and what their command lines name.
type held []string

// heldFiles reads the kernel's list of processes. A process that ends meanwhile holds
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

// ours reports whether a process belongs to this user and does not run in a machine.
// Other processes can have any name and any mount over our files.
func ours(process string) bool {
	here, err := os.Readlink("/proc/self/ns/pid")
	there, perr := os.Readlink(process + "/ns/pid")
	status, serr := os.ReadFile(process + "/status")
	if errors.Join(err, perr, serr) != nil || here != there {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if users, ok := strings.CutPrefix(line, "Uid:"); ok {
			// The arguments of a program with another user's rights come from its caller.
			return !slices.ContainsFunc(strings.Fields(users), func(id string) bool { return id != strconv.Itoa(os.Geteuid()) })
		}
	}
	return false
}

// below reports whether a process uses the file, or something below the folder.
func (h held) below(path string) bool {
	for _, p := range h {
		if p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(p, path+"?") {
			return true
		}
	}
	return false
}
