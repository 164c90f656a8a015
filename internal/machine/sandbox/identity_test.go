package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/filelock"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/machinetest"
)

// forge starts processes of another user that look like each process that works for a
// machine.
func forge(t *testing.T, dir string) map[string]*machinetest.Forged {
	mount := filepath.Join(dir, "root")
	return map[string]*machinetest.Forged{
		"nspawn":     machinetest.Forge(t, "systemd-nspawn", "systemd-nspawn", "--boot", "--directory="+mount),
		"supervisor": machinetest.Forge(t, "ingot", "ingot", "helper", "sandbox", dir),
		"freezer":    machinetest.Forge(t, "ingot", "ingot", "helper", "freezer", mount, "disk", "copy"),
	}
}

func unharmed(t *testing.T, all map[string]*machinetest.Forged) {
	t.Helper()
	for name, f := range all {
		if err := f.Ended(); err != nil {
			t.Errorf("the forged %s was killed: %v", name, err)
		}
	}
}

// TestForgedProcessesAreNotMachines has processes of another user with the names and arguments of
// processes that work for a machine. They do not make a machine appear, and are not
// killed.
func TestForgedProcessesAreNotMachines(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("sandboxes need root")
	}
	machines := t.TempDir()
	b, err := open(machines, "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"forged", "removed"} {
		dir := filepath.Join(machines, token)
		if token == "removed" { // something is left, such as a machine's that has ended
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		all := forge(t, dir)
		tokens, err := b.Tokens(t.Context())
		if err != nil || slices.Contains(tokens, "forged") {
			t.Errorf("tokens %q, %v have a machine that never was", tokens, err)
		}
		if err := b.Destroy(t.Context(), token); err != nil {
			t.Error(err)
		}
		unharmed(t, all)
	}
}

// own runs a process that hangs: it owns a lock and does nothing.
func own(path string) int {
	lock, err := filelock.Try(path)
	if err == nil {
		err = folder.Own(lock.Fd())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("owns")
	_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
	return 0
}

// TestHungHelpersAreKilled destroys machines whose supervisor hangs before it takes orders,
// or whose freezer hangs. Their arguments do not name the machine.
func TestHungHelpersAreKilled(t *testing.T) {
	machines := t.TempDir()
	b, err := open(machines, "/bin/true")
	if err != nil {
		t.Skip(err)
	}
	for _, lock := range []string{"sandbox.lock", "sandbox.freeze"} {
		dir := filepath.Join(machines, "hung")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "helper", "own", filepath.Join(dir, lock))
		cmd.Args[0] = "anything"
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "owns\n" {
			t.Fatalf("it printed %q, %v", line, err)
		}
		ended := make(chan error)
		go func() { ended <- cmd.Wait() }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := b.Destroy(ctx, "hung"); err != nil {
			t.Errorf("%s: %v", lock, err)
			_ = cmd.Process.Kill()
		}
		if err := <-ended; err == nil || err.Error() != "signal: killed" {
			t.Errorf("%s: its owner ended with %v", lock, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something is left: %v", lock, err)
		}
	}
}

// TestForgedProcessesBesideAMachine ends a machine beside such processes.
func TestForgedProcessesBesideAMachine(t *testing.T) {
	r := start(t)
	all := forge(t, r.dir)
	r.launch()
	r.exec("true")
	if err := r.backend.Destroy(t.Context(), r.token); err != nil {
		t.Error(err)
	}
	unharmed(t, all)
}
