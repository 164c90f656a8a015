package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/qemu"
)

// screen calls a function when a text has been written to it.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	wait string
	then func()
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if strings.Contains(s.text.String(), s.wait) {
		s.then()
	}
	return len(p), nil
}

// TestRun boots a disk by either firmware, as far as it gets without a bootloader, and
// checks that it ends with its caller.
func TestRun(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	before, err := disk.Digest(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "seed.img")
	if err := qemu.Seed(seed, "ssh-ed25519 AAAA", "run"); err != nil {
		t.Fatal(err)
	}
	for firmware, said := range map[string]string{"bios": "Booting from Hard Disk", "uefi": "BdsDxe: loading"} {
		t.Run(firmware, func(t *testing.T) {
			runUntil(t, b, qemu.RunConfig{Disk: file, Seed: seed, MemoryMiB: 256, Firmware: firmware}, said)
		})
	}
	t.Run("a plain user", func(t *testing.T) { runAsNobody(t, file) })
	if err := disk.Verify(t.Context(), file, &before); err != nil {
		t.Errorf("a run has changed its disk: %v", err)
	}
	if err := b.Run(t.Context(), qemu.RunConfig{Disk: filepath.Join(dir, "none")}); err == nil {
		t.Error("a disk that is not there was run")
	}
}

// runUntil runs a disk at a terminal until its console shows a text, and then checks the
// process of QEMU.
func runUntil(t *testing.T, b *qemu.Backend, c qemu.RunConfig, said string) {
	t.Helper()
	terminal := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := errors.New("seen")
	ctx, see := context.WithCancelCause(ctx)
	var once sync.Once
	console := &screen{wait: said, then: func() {
		once.Do(func() { looksHarmless(t, terminal.Name()) })
		see(seen)
	}}
	c.Console, c.Input = console, terminal
	if err := b.Run(ctx, c); !errors.Is(err, seen) {
		t.Errorf("a run that was broken off gives %v; its console: %s", err, &console.text)
	}
	after, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("the terminal is left as %+v, %v; it was %+v", after, err, before)
	}
}

// openTerminal returns a terminal without input.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal
}

// looksHarmless checks the QEMU that this process has started.
func looksHarmless(t *testing.T, terminal string) {
	t.Helper()
	found := 0
	all, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, f := range all {
		status, err := os.ReadFile(f)
		if err != nil || !strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", os.Getpid())) {
			continue
		}
		found++
		for _, line := range []string{"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
			if !strings.Contains(string(status), "\n"+line+"\n") {
				t.Errorf("QEMU is not %q:\n%s", line, status)
			}
		}
		if strings.Contains(string(status), "\nUid:\t0\t") {
			t.Error("QEMU is root")
		}
		open, _ := filepath.Glob(filepath.Join(filepath.Dir(f), "fd/*"))
		for _, o := range open {
			if to, err := os.Readlink(o); err == nil && to == terminal {
				t.Errorf("QEMU has the terminal open: %s", o)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d processes were started", found)
	}
}

// runAsNobody runs a disk in a process of a plain user, who cannot build cells.
func runAsNobody(t *testing.T, file string) {
	t.Helper()
	const nobody = 65534
	home, err := os.MkdirTemp("", "ingot-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	open, err := os.Open(file) // its folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := errors.Join(os.Chown(home, nobody, nobody), open.Chmod(0o644)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "run", home, "/proc/self/fd/3")
	cmd.Env = append(os.Environ(), "TMPDIR="+home)
	cmd.ExtraFiles = []*os.File{open}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Booting from Hard Disk") {
		t.Errorf("%v: %s", err, out)
	}
}

// runFor runs the process of runAsNobody and returns its exit status.
func runFor(dir, file string) int {
	b, err := qemu.New(config(dir, "agent"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	seen := errors.New("seen")
	ctx, see := context.WithCancelCause(context.Background())
	console := &screen{wait: "Booting from Hard Disk", then: func() { see(seen) }}
	err = b.Run(ctx, qemu.RunConfig{Disk: file, Console: console, MemoryMiB: 256, Firmware: "bios", Accelerator: qemu.TCG})
	fmt.Println(console.text.String())
	if !errors.Is(err, seen) {
		fmt.Println(err)
		return 1
	}
	return 0
}
