package qemu_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/agenttest"
	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/machinetest"
	"ingot/internal/machine/qemu"
)

// TestMain makes the test binary the helper of its machines, or the process that launches
// one and ends.
func TestMain(m *testing.M) {
	switch args := os.Args[1:]; {
	case len(args) >= 2 && args[0] == "qemu":
		os.Exit(qemu.Main(args[1:]))
	case len(args) == 4 && args[0] == "elsewhere":
		b, err := qemu.New(config(args[1], args[2]))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(machinetest.Launch(b, args[3]))
	case len(args) == 3 && args[0] == "run":
		os.Exit(runFor(args[1], args[2]))
	case len(args) == 2 && args[0] == "remove":
		os.Exit(removeWithFew(args[1]))
	case len(args) == 1 && args[0] == "inside":
		os.Exit(lookAround())
	case len(args) == 4 && args[0] == "smoke":
		os.Exit(smokeFor(args[1], args[2], args[3]))
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	var err error
	if verdicts, err = os.MkdirTemp("", "ingot-verdicts-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(verdicts)
	return m.Run()
}

func config(dir, agent string) qemu.Config {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return qemu.Config{Dir: dir, Agent: agent, Helper: []string{self}}
}

// patience bounds one test: without KVM a boot takes 16 s on an idle host of two
// cores, and others test at the same time.
const patience = 20 * time.Minute

// newBackend returns a backend and its folder.
func newBackend(t *testing.T) (*qemu.Backend, string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("virtual machines with a network of their own need root")
	}
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Skip("QEMU is not installed (package qemu-system-x86)")
	}
	dir := t.TempDir()
	c := config(dir, agenttest.Binary(t))
	c.Verdicts = verdicts
	c.Guest = func(context.Context) (string, error) { return parenttest.Disk(t), nil }
	b, err := qemu.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b, dir
}

func clone(t testing.TB, dir string) string {
	t.Helper()
	made, err := os.MkdirTemp(dir, ".disk-")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(made, "disk.raw")
	if err := disk.Clone(t.Context(), parenttest.Disk(t), file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestMachines(t *testing.T) {
	b, dir := newBackend(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	machinetest.Run(t, machinetest.Rig{
		Backend: b, Kind: "qemu", Patience: patience, OwnKernel: true,
		Disk:      func(t testing.TB) string { return clone(t, dir) },
		Elsewhere: []string{self, "elsewhere", dir, b.Agent},
	})
}

// launch starts a machine that is destroyed at the end of the test.
func launch(t *testing.T, b *qemu.Backend, spec machine.Spec) machine.Machine {
	t.Helper()
	t.Cleanup(func() {
		if err := b.Destroy(context.Background(), spec.Token); err != nil {
			t.Error(err)
		}
		if left, err := b.Tokens(context.Background()); err != nil || len(left) > 0 {
			t.Errorf("left over: %v, %v", left, err)
		}
	})
	m, err := b.Launch(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestADiskThatDoesNotBoot checks a machine without a bootloader, the walls around it,
// and its end when QEMU is killed.
func TestADiskThatDoesNotBoot(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	leaveOpen(t, filepath.Join(dir, "left-open"))
	m := launch(t, b, machine.Spec{Token: "broken", Disk: file, CPUs: 1, MemoryMiB: 256})
	console := m.(machine.Consoler).Console()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	eventually(ctx, t, func() bool { return strings.Contains(qemu.LastScreen(console), "Booting from Hard Disk") })
	short, cancelShort := context.WithTimeoutCause(ctx, time.Second, errors.New("no agent in time"))
	defer cancelShort()
	if _, err := m.Dial(short); err == nil || err.Error() != "no agent in time" {
		t.Errorf("dialling a machine that does not boot gives %v", err)
	}

	checkWalls(t, walled{pid: process(t, "broken"), disk: file, dir: filepath.Join(dir, "broken")})
	if err := unix.Kill(process(t, "broken"), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	exit, err := m.Wait(ctx)
	if err != nil || exit.Kind != machine.Killed || !strings.Contains(exit.Detail, "killed") {
		t.Errorf("a killed QEMU ended as %+v, %v", exit, err)
	}
	var ended *machine.Exit
	if _, err := m.Dial(ctx); !errors.As(err, &ended) || ended.Kind != machine.Killed {
		t.Errorf("dialling what was killed gives %v", err)
	}
	if err := m.Stop(ctx); !errors.As(err, &ended) {
		t.Errorf("stopping what was killed gives %v", err)
	}
	if err := disk.Check(ctx, file); err != nil {
		t.Error(err)
	}
}

// breakBootloader empties GRUB's partition: the code in the first sector leads nowhere.
func breakBootloader(t *testing.T, file string) {
	t.Helper()
	const core, length = 2048 * disk.Sector, 1 << 20
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, length), core)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// leaveOpen makes programs that are started meanwhile inherit an open file, as some
// starters of servers do.
func leaveOpen(t *testing.T, path string) {
	t.Helper()
	const high = 100 // above those that a supervisor is started with
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Dup3(int(f.Fd()), high, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(high) })
}

// process returns the QEMU of a machine.
func process(t *testing.T, token string) (pid int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if _, serr := fmt.Sscanf(f, "/proc/%d/", &pid); err == nil && serr == nil && strings.Contains(string(text), "\x00"+token+",process=") {
			return pid
		}
	}
	t.Fatalf("there is no QEMU of %s", token)
	return 0
}

// eventually polls until true returns true.
func eventually(ctx context.Context, t *testing.T, true func() bool) {
	t.Helper()
	for tick := time.NewTicker(50 * time.Millisecond); !true(); {
		select {
		case <-ctx.Done():
			t.Fatal("it never came true")
		case <-tick.C:
		}
	}
}

func TestInvalidSpecsAreRefused(t *testing.T) {
	b, dir := newBackend(t)
	file := filepath.Join(dir, "none")
	for _, spec := range []machine.Spec{
		{Token: "../etc", Disk: file, CPUs: 1, MemoryMiB: 256},
		{Token: "refused", Disk: file, CPUs: 1, MemoryMiB: 256, Firmware: "coreboot"},
		{Token: "refused", Disk: file, CPUs: 1, MemoryMiB: 256},
	} {
		if _, err := b.Launch(t.Context(), spec); err == nil {
			t.Errorf("%+v was launched", spec)
		}
	}
	if err := b.Destroy(t.Context(), "refused"); err != nil {
		t.Error(err)
	}
}

func TestAHostWithoutQEMU(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := qemu.New(config(t.TempDir(), "agent")); !errors.Is(err, qemu.ErrMissing) {
		t.Errorf("a backend without QEMU gives %v", err)
	}
}

// supervisor returns the supervisor of a machine.
func supervisor(t *testing.T, dir, token string) *os.Process {
	t.Helper()
	p := qemu.SupervisorOf(t.Context(), filepath.Join(dir, token))
	if p == nil {
		t.Fatal("there is no supervisor")
	}
	return p
}

// TestAHungSupervisor destroys a machine whose supervisor takes no orders. It does not
// kill a process of another user that has the supervisor's name and arguments.
func TestAHungSupervisor(t *testing.T) {
	b, dir := newBackend(t)
	forged := machinetest.Forge(t, "ingot", "ingot", "helper", "qemu", filepath.Join(dir, "hung"))
	file := clone(t, dir)
	breakBootloader(t, file)
	launch(t, b, machine.Spec{Token: "hung", Disk: file, CPUs: 1, MemoryMiB: 256})
	if err := supervisor(t, dir, "hung").Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := b.Destroy(t.Context(), "hung"); err != nil {
		t.Error(err)
	}
	if err := forged.Ended(); err != nil {
		t.Errorf("the forged supervisor was killed: %v", err)
	}
	t.Logf("destroyed after %v", time.Since(start).Round(time.Millisecond))
}

// TestMachinesOutliveTheService launches from a control group like that of a service,
// whose processes are all killed.
func TestMachinesOutliveTheService(t *testing.T) {
	b, dir := newBackend(t)
	file := clone(t, dir)
	breakBootloader(t, file)
	service, err := cgroup.New("service-of-a-test", cgroup.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(cgroup.Leave(os.Getpid()), service.Remove()); err != nil {
			t.Error(err)
		}
	}()
	if err := service.Add(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	m := launch(t, b, machine.Spec{Token: "outlives", Disk: file, CPUs: 1, MemoryMiB: 256})
	if err := errors.Join(cgroup.Leave(os.Getpid()), service.Remove()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Attach(t.Context(), "outlives"); err != nil {
		t.Errorf("the machine %v ended with the service: %v", m, err)
	}
}
