package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// hostGroup is the group for the processes of a top group that must have none.
const hostGroup = "ingot-host"

func isGroup(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cgroup.procs"))
	return err == nil
}

// delegate enables controllers for the groups below a group. Only the real top of a v2
// hierarchy may do so while it has processes. In a container the visible top is another
// group, so its processes are moved to hostGroup.
func delegate(dir, controllers string) error {
	err := write(dir, "cgroup.subtree_control", controllers)
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if err := moveAside(dir); err != nil {
		return fmt.Errorf("the processes in %s cannot be moved to a group of their own; give this container the host's cgroup namespace (docker run --cgroupns=host): %w", dir, err)
	}
	return write(dir, "cgroup.subtree_control", controllers)
}

// moveAside moves all processes of a group to hostGroup, also those that appear
// meanwhile.
func moveAside(dir string) error {
	aside := filepath.Join(dir, hostGroup)
	if err := os.Mkdir(aside, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	const rounds = 100
	for range rounds {
		text, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil || len(text) == 0 {
			return err
		}
		for _, line := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(line)
			if err != nil {
				return err
			}
			if err := enter(map[string]string{"": aside}, pid); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return errors.New("new processes appear faster than they can be moved")
}
