package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingot/internal/agent/agenttest"
	"ingot/internal/artifact/disk"
	"ingot/internal/machine/qemu"
)

// verdicts is the folder by which all tests of a run share one verdict on KVM.
var verdicts string

// nobodyLeft checks that a test of KVM has left nothing.
func nobodyLeft(t *testing.T, b *qemu.Backend) {
	t.Helper()
	if left, err := b.Tokens(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// TestSmoke boots a machine whose console falls silent before the agent starts.
func TestSmoke(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	before, err := disk.Digest(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	counted, left := 0, 0
	b.Counted = func(_ string, cpus, memoryMiB int) func() {
		if counted++; cpus != 1 || memoryMiB < 1024 {
			t.Errorf("it takes %d processors and %d MiB", cpus, memoryMiB)
		}
		return func() { left++ }
	}
	fault, err := b.Smoke(t.Context(), file, qemu.TCG, time.Second)
	if counted != 1 || left != 1 {
		t.Errorf("%d machines were counted, and %d left", counted, left)
	}
	if err != nil || fault == nil || !strings.Contains(fault.Error(), "said nothing on its console for 1s") {
		t.Errorf("a disk that does not boot gives %v, %v", fault, err)
	}
	if err := disk.Verify(t.Context(), file, &before); err != nil {
		t.Errorf("the test has changed the disk of the guest: %v", err)
	}
	nobodyLeft(t, b)
}

// standIn replaces QEMU by a program that behaves as on a host whose KVM is in the given
// state.
func standIn(t *testing.T, state string) {
	t.Helper()
	real, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/stand-in.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text = bytes.Replace(text, []byte("state=STATE"), []byte("state="+state), 1)
	text = bytes.Replace(text, []byte("real=REAL"), []byte("real="+real), 1)
	if err := os.WriteFile(filepath.Join(dir, "qemu-system-x86_64"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// TestKVMThatDoesNotWork tests KVM where QEMU ends at once, where it hangs, and where
// machines run neither with KVM nor without.
func TestKVMThatDoesNotWork(t *testing.T) {
	for state, c := range map[string]struct{ fault, err string }{
		"broken":  {fault: "failed to set MSR 0x10a"},
		"hanging": {fault: "said nothing on its console for 2s"},
		"missing": {err: "libpixman"},
	} {
		t.Run(state, func(t *testing.T) {
			if err := qemu.KVMDevice(); err != nil && c.fault != "" {
				t.Skip(err) // the walls show QEMU the device
			}
			b, dir := newBackend(t)
			file := clone(t, dir)
			standIn(t, state)
			fault, err := b.Smoke(t.Context(), file, qemu.KVM, 2*time.Second)
			if (c.fault == "") != (fault == nil) || fault != nil && !strings.Contains(fault.Error(), c.fault) {
				t.Errorf("the fault is %v, want %q", fault, c.fault)
			}
			if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("the error is %v, want %q", err, c.err)
			}
			nobodyLeft(t, b)
		})
	}
}

// TestKVMIsTriedOnce asks repeatedly on a host where QEMU ends at once.
func TestKVMIsTriedOnce(t *testing.T) {
	if err := qemu.KVMDevice(); err != nil {
		t.Skip(err)
	}
	b, dir := newBackend(t)
	file := clone(t, dir)
	standIn(t, "broken")
	kept := t.TempDir()
	open := func(log *bytes.Buffer) *qemu.Backend {
		c := b.Config
		c.Verdicts, c.Logger = kept, slog.New(slog.NewTextHandler(log, nil))
		c.Guest = func(context.Context) (string, error) { return file, nil }
		b, err := qemu.New(c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var tried []time.Time
	for range 2 { // servers
		var log bytes.Buffer
		b := open(&log)
		for range 3 { // builds
			if b.KVM(t.Context()) {
				t.Fatal("KVM is said to work")
			}
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "MSR 0x10a") {
			t.Errorf("%d warnings: %s", n, &log)
		}
		left, err := filepath.Glob(filepath.Join(kept, "*"))
		if err != nil || len(left) != 1 {
			t.Fatalf("%v are kept, %v", left, err)
		}
		info, err := os.Stat(left[0])
		if err != nil {
			t.Fatal(err)
		}
		tried = append(tried, info.ModTime())
	}
	if tried[0] != tried[1] {
		t.Error("the second server tried KVM again")
	}
	if all, err := filepath.Glob(filepath.Join(dir, "*.json")); err != nil || len(all) > 0 {
		t.Errorf("%v are in the folder of machines, %v", all, err)
	}
}

// smokeFor runs the process that TestSmokeEndsWithItsStarter kills.
func smokeFor(dir, agent, guest string) int {
	b, err := qemu.New(config(dir, agent))
	if err == nil {
		_, err = b.Smoke(context.Background(), guest, qemu.TCG, time.Hour)
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// TestSmokeEndsWithItsStarter kills the process that tests KVM.
func TestSmokeEndsWithItsStarter(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	machines := t.TempDir()
	starter := exec.Command(self, "smoke", machines, agenttest.Binary(t), file)
	starter.Stderr = os.Stderr
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("no time is left"))
	defer cancel()
	log := filepath.Join(machines, fmt.Sprintf("smoke-%d", starter.Process.Pid), "console.log")
	eventually(ctx, t, func() bool { info, err := os.Stat(log); return err == nil && info.Size() > 0 })
	if err := starter.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = starter.Wait() // it was killed
	c := b.Config
	c.Dir = machines
	if b, err = qemu.New(c); err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, func() bool { left, err := b.Tokens(ctx); return err == nil && len(left) == 0 })
}
