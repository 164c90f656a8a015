package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
)

// shellGroup is where the programs run that enter a machine. They are its own, so
// its limits are theirs.
const shellGroup = "shell"

// Enter gives the command of a shell as the machine's root. On a terminal the shell
// is a login shell with a terminal of the machine.
func (m *Machine) Enter() (argv []string, err error) {
	leader, err := leaderOf(m.dir)
	if err != nil {
		return nil, err
	}
	group, err := cgroup.Find(keyOf(m.dir))
	if err != nil {
		return nil, err
	}
	// What is run is the image's and must not see our environment. Of the two ways of
	// talking systemd-run takes the one that fits.
	return group.Command(shellGroup, "env", "-i", "TERM="+cmp.Or(os.Getenv("TERM"), "dumb"), hostPath, "LANG=C.UTF-8",
		"nsenter", "--target", fmt.Sprint(leader), "--all",
		"systemd-run", "--quiet", "--collect", "--wait", "--pty", "--pipe", "--service-type=exec",
		"--description=A shell of ingot", "--property=WorkingDirectory=-/root", "--setenv=HOME=/root",
		"--property=EnvironmentFile=-"+filepath.Join(insideDir, hostDir, environment),
		"/bin/sh", "-c", `[ -x /bin/bash ] && exec /bin/bash --login; exec /bin/sh -l`)
}

// leaderOf gives process 1 of a live machine: nspawn's only child.
func leaderOf(dir string) (pid int, err error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if command, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.pid)); err != nil || p.dir != dir || string(command) != nspawn+"\n" {
			continue
		}
		children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", p.pid))
		if err == nil {
			_, err = fmt.Sscan(string(children), &pid)
		}
		if err == nil {
			return pid, nil
		}
	}
	return 0, errors.Join(machine.ErrNotFound, errors.New("no system runs inside at this moment"))
}
