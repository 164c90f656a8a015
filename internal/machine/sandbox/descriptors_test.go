package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/protocol"
	"ingot/internal/agent/shell"
	"ingot/internal/machine/sandbox"
)

// file identifies what a descriptor is open on, by device and inode.
type file struct {
	device, inode uint64
}

func fileOf(path string) (file, unix.Stat_t, error) {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	return file{s.Dev, s.Ino}, s, err
}

// descriptor is a file that a process has open.
type descriptor struct {
	file
	unix.Stat_t
	of   string // /proc/PID/fd/N, cwd or root
	name string
}

// held returns the descriptors of processes. A process that ends meanwhile has none.
func held(pids []int) (all []descriptor) {
	for _, pid := range pids {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, l := range append(links, fmt.Sprintf("/proc/%d/cwd", pid), fmt.Sprintf("/proc/%d/root", pid)) {
			name, err := os.Readlink(l)
			f, stat, serr := fileOf(l)
			if err == nil && serr == nil {
				all = append(all, descriptor{f, stat, l, name})
			}
		}
	}
	return all
}

// outsiders returns the processes that are not in a machine.
func outsiders(t *testing.T, insiders []int) (pids []int) {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if pid, err := strconv.Atoi(filepath.Base(f)); err == nil && !slices.Contains(insiders, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// devices returns the devices of the file systems that a process sees.
func devices(t *testing.T, pid int) map[uint64]bool {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint64]bool{}
	for line := range strings.Lines(string(text)) {
		var major, minor uint32
		if _, err := fmt.Sscanf(strings.Fields(line)[2], "%d:%d", &major, &minor); err != nil {
			t.Fatal(err)
		}
		found[unix.Mkdev(major, minor)] = true
	}
	return found
}

// given returns the files of the host that a machine may have open: those in its folder
// for it, the agent, and its control groups.
func given(t *testing.T, r *running) map[file]bool {
	t.Helper()
	all := map[file]bool{}
	tops := []string{filepath.Join(r.dir, "run"), filepath.Join(r.dir, "host"), filepath.Join(r.dir, "tmp.conf"), filepath.Join(r.dir, "resolv.conf"), filepath.Join(r.dir, "ingot-agent")}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*/ingot/" + r.token + ".*")
	unified, _ := filepath.Glob("/sys/fs/cgroup/ingot/" + r.token + ".*")
	for _, top := range slices.Concat(tops, groups, unified) {
		_ = filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
			if f, _, serr := fileOf(path); err == nil && serr == nil {
				all[f] = true
			}
			return nil
		})
	}
	return all
}

// harmless are devices that every system has: null, zero, full, random, urandom, tty.
var harmless = []uint64{unix.Mkdev(1, 3), unix.Mkdev(1, 5), unix.Mkdev(1, 7), unix.Mkdev(1, 8), unix.Mkdev(1, 9), unix.Mkdev(5, 0)}

// TestNoDescriptorsOfTheHost checks every descriptor of every process in a
// machine, among them those of a component and of a person's shells. None is open on a
// file, terminal, pipe or socket of the host, except those of given.
func TestNoDescriptorsOfTheHost(t *testing.T) {
	r := start(t).launch()
	r.exec("true")
	inside := make(chan string)
	for _, terminal := range []*shell.Terminal{nil, {Name: "vt52"}} {
		in, typed := io.Pipe()
		defer typed.Close()
		go func() { _, _ = io.WriteString(typed, "echo en''tered; sleep 1000\n") }()
		go r.converse(t.Context(), shell.Person{In: in, Out: said{"entered", inside}, Err: io.Discard, Terminal: terminal})
		<-inside
	}
	go func() {
		_, _ = r.agent.Exec(t.Context(), protocol.Exec{ID: "held", Script: "echo runs; exec sleep 1000"}, func(e protocol.Event) {
			if e.Text == "runs" {
				inside <- e.Text
			}
		})
	}()
	<-inside
	insiders := sandbox.Processes(t, r.dir)
	leader := sandbox.Leader(t, r.dir)
	hosts := map[file]descriptor{}
	for _, d := range held(outsiders(t, insiders)) {
		hosts[d.file] = d
	}
	ours, theirs, given := devices(t, os.Getpid()), devices(t, leader), given(t, r)
	seen := 0
	for _, d := range held(insiders) {
		seen++
		with, shared := hosts[d.file]
		kind := d.Mode & unix.S_IFMT
		switch {
		case given[d.file] || strings.HasPrefix(d.name, "anon_inode:"):
		case kind == unix.S_IFCHR && slices.Contains(harmless, d.Rdev):
		case shared && !theirs[d.Dev]:
			t.Errorf("%s holds %s, and so does %s", d.of, d.name, with.of)
		case kind == unix.S_IFIFO || kind == unix.S_IFSOCK || strings.HasPrefix(d.name, "/memfd:"): // no process of the host has it
		case !theirs[d.Dev] || ours[d.Dev]:
			t.Errorf("%s holds %s, which is on a file system of the host", d.of, d.name)
		}
	}
	if seen < 50 {
		t.Errorf("only %d descriptors were checked", seen)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// said reports when a text has been written to it.
type said struct {
	text string
	to   chan<- string
}

func (s said) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(s.text)) {
		s.to <- s.text
	}
	return len(p), nil
}
