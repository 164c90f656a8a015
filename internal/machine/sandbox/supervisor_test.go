package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/agenttest"
	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/sandbox"
)

// running is a machine on a parent's disk.
type running struct {
	machine.Machine
	*testing.T
	backend *sandbox.Backend
	agent   *client.Client
	token   string
	dir     string // its folder
	disk    string
	execs   int
}

// start makes a pool and launches a machine in it, which is destroyed at the end of the
// test.
func start(t *testing.T) *running {
	t.Helper()
	dir, parent := pool(t)
	machines := filepath.Join(dir, "machines")
	b, err := open(machines, agenttest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &running{T: t, backend: b, token: "one", dir: filepath.Join(machines, "one"), disk: parent}
	t.Cleanup(func() {
		if err := b.Destroy(context.Background(), r.token); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) launch() *running {
	r.Helper()
	m, err := r.backend.Launch(r.Context(), machine.Spec{Token: r.token, Disk: r.disk, CPUs: 2, MemoryMiB: 512})
	if err != nil {
		r.Fatal(err)
	}
	r.Machine, r.agent = m, client.New(m.Dial)
	r.Cleanup(r.agent.Close)
	return r
}

// exec runs a script inside and returns its output.
func (r *running) exec(script string) string {
	r.Helper()
	r.execs++
	result, err := r.agent.Exec(r.Context(), protocol.Exec{ID: fmt.Sprint(r.execs), Script: script}, nil)
	if err != nil || result.ExitCode != 0 {
		r.Fatalf("%s: %+v, %v", script, result, err)
	}
	return strings.TrimSpace(result.Stdout)
}

// TestSyncFailsAtTheEnd makes the last sync of the disk fail.
func TestSyncFailsAtTheEnd(t *testing.T) {
	r := start(t).launch()
	r.exec("true")
	if err := os.Rename(r.disk, r.disk+".away"); err != nil { // it cannot be opened to sync it
		t.Fatal(err)
	}
	err := r.Stop(t.Context())
	if err := os.Rename(r.disk+".away", r.disk); err != nil {
		t.Fatal(err)
	}
	var exit *machine.Exit
	if !errors.As(err, &exit) || exit.Kind != machine.Crashed || !strings.Contains(exit.Detail, "may be lost") {
		t.Errorf("stopping gives %v", err)
	}
}

// TestSupervisorKeepsNoOtherMounts launches a machine while another one's disk is
// mounted in the host's namespace, as qemu does for a moment, and another server's pool.
func TestSupervisorKeepsNoOtherMounts(t *testing.T) {
	r := start(t)
	other, mount := r.disk+".other", filepath.Join(filepath.Dir(r.dir), "other", "qemu.mount")
	if err := errors.Join(disk.Clone(t.Context(), r.disk, other), os.MkdirAll(mount, 0o700)); err != nil {
		t.Fatal(err)
	}
	mounted, err := disk.Mount(t.Context(), other, mount)
	if err != nil {
		t.Fatal(err)
	}
	volume := filepath.Join(t.TempDir(), "pool")
	script := fmt.Sprintf("mkdir %[1]s; truncate -s 400M %[1]s.img; mkfs.xfs -q %[1]s.img; mount -o loop %[1]s.img %[1]s", volume)
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.launch()
	if err := errors.Join(mounted.Close(), unix.Unmount(volume, 0)); err != nil {
		t.Error(err)
	}
	if loops, err := disk.LoopsOn(volume + ".img"); err != nil || len(loops) > 0 {
		t.Errorf("a machine keeps another server's pool: %v, %v", loops, err)
	}
	r.exec("true")
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestReplacedRunFolders writes a file below /run of a process whose root has
// something else in place of /run or of a folder below it: a link that would lead to the
// host's, or something that blocks when it is opened.
func TestReplacedRunFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("another root needs root")
	}
	agent, err := os.ReadFile(agenttest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	victim := t.TempDir()
	for name, prepare := range map[string]func(root string) error{
		"a link":       func(root string) error { return os.Symlink(victim, filepath.Join(root, "run")) },
		"a pipe":       func(root string) error { return unix.Mkfifo(filepath.Join(root, "run"), 0o600) },
		"a link below": func(root string) error { return below(root, func(p string) error { return os.Symlink(victim, p) }) },
		"a pipe below": func(root string) error { return below(root, func(p string) error { return unix.Mkfifo(p, 0o600) }) },
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := errors.Join(os.WriteFile(filepath.Join(root, "agent"), agent, 0o755), prepare(root)); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("/agent", "serve", "--socket", "/socket", "--state", "/state")
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			if err := sandbox.PutBelowRun(cmd.Process.Pid, "folder/file", "text"); err == nil {
				t.Error("it was written")
			}
			if left, _ := os.ReadDir(victim); len(left) > 0 {
				t.Errorf("it led to %v", left)
			}
		})
	}
}

// below makes something in place of a folder below /run.
func below(root string, make func(path string) error) error {
	run := filepath.Join(root, "run")
	return errors.Join(os.Mkdir(run, 0o755), make(filepath.Join(run, "folder")))
}

// TestLaunchWhileOthersCheck launches a machine while others check whether it is
// alive, which must not look like another launch.
func TestLaunchWhileOthersCheck(t *testing.T) {
	r := start(t)
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(r.dir, "sandbox.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { lock.Close() })
	r.launch()
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// aService makes a service that is enabled on the disk, and an init script.
const aService = `
printf '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/x.service
systemctl -q enable --now x
test -L /etc/systemd/system/multi-user.target.wants/x.service
printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: y\n# Required-Start:\n# Required-Stop:\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\n' >/etc/init.d/y
chmod +x /etc/init.d/y
systemctl daemon-reload
systemctl show -p LoadState --value x y ingot-agent systemd-logind
`

// TestAgentLeavesTheSystemAsItIs checks what the system inside sees.
func TestAgentLeavesTheSystemAsItIs(t *testing.T) {
	r := start(t).launch()
	if env := r.exec("env"); strings.Contains(env, "_PATH=/run/ingot") {
		t.Errorf("components see %s", env)
	}
	if states := strings.Fields(r.exec("set -e" + aService)); strings.Join(states, " ") != "loaded loaded loaded loaded" {
		t.Errorf("the units are %q", states)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
