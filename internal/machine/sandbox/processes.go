package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// process is one of ours on the host.
type process struct {
	pid int
	dir string // folder of its machine
}

// processes lists supervisors, freezers and nspawns with the folders of their
// machines, as their command lines tell.
func processes() ([]process, error) {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	var found []process
	for _, l := range lines {
		text, err := os.ReadFile(l)
		if err != nil {
			continue // ended meanwhile
		}
		pid, err := strconv.Atoi(strings.Split(l, "/")[2])
		if err != nil || pid == os.Getpid() {
			continue
		}
		if dir := machineOf(strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")); dir != "" {
			found = append(found, process{pid, dir})
		}
	}
	return found, nil
}

// folderOf is what stands before the folder in a path through a supervisor's
// namespace.
var folderOf = regexp.MustCompile(`^/proc/\d+/root`)

// machineOf gives the folder of the machine for which a command line works.
func machineOf(argv []string) string {
	if filepath.Base(argv[0]) == nspawn {
		for _, a := range argv {
			if mount, ok := strings.CutPrefix(a, directoryFlag); ok && filepath.Base(mount) == mountDir {
				return filepath.Dir(mount)
			}
		}
	}
	if i := slices.Index(argv, "freezer"); i > 0 && i+3 < len(argv) && filepath.Base(argv[i+1]) == mountDir {
		return folderOf.ReplaceAllString(filepath.Dir(argv[i+1]), "")
	}
	if n := len(argv); n > 2 && argv[n-2] == "sandbox" {
		return argv[n-1]
	}
	return ""
}

// killAll kills the processes of ours that work for a machine and waits until they
// are gone.
func killAll(ctx context.Context, dir string) error {
	for {
		all, err := processes()
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(p process) bool { return p.dir != dir })
		if len(all) == 0 {
			return nil
		}
		for _, p := range all {
			if err := unix.Kill(p.pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
		if pause(ctx) != nil {
			return fmt.Errorf("process %d of the machine in %s does not end", all[0].pid, dir)
		}
	}
}
