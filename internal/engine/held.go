package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// held are the paths that processes of this host work on: what they have open, where
// they stand, and what their command lines name.
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

// below says whether somebody works on the file, or on what is below the folder.
func (h held) below(path string) bool {
	for _, p := range h {
		if p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(p, path+"?") {
			return true
		}
	}
	return false
}
