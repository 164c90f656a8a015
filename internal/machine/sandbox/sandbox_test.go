package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/agenttest"
	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/internal/filesystem"
	"ingot/internal/machine"
	"ingot/internal/machine/freezer"
	"ingot/internal/machine/machinetest"
	"ingot/internal/machine/sandbox"
)

// TestMain makes the test binary a helper, or the process that launches a machine and is
// killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		switch os.Args[2] {
		case "sandbox":
			os.Exit(sandbox.Main(os.Args[3:]))
		case "freezer":
			os.Exit(freezer.Main(os.Args[3:]))
		case "notify":
			os.Exit(notify(os.Args[3], os.Args[4]))
		case "own":
			os.Exit(own(os.Args[3]))
		case "launch":
			b, err := open(os.Args[3], os.Args[4])
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(machinetest.Launch(b, os.Args[5]))
		}
	}
	os.Exit(m.Run())
}

func open(dir, agent string) (*sandbox.Backend, error) {
	return sandbox.New(sandbox.Config{
		Dir: dir, Agent: agent, Helper: []string{os.Args[0], "helper"},
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
}

// pool makes a folder that can share blocks, with a parent's disk in it.
func pool(t *testing.T) (dir, parent string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("sandboxes need root")
	}
	base := os.Getenv("INGOT_TEST_PARENT") // an existing disk
	if base == "" {
		base = parenttest.Disk(t)
	}
	temp := t.TempDir()
	dir = filepath.Join(temp, "pool")
	script := `mkdir ` + dir + `; truncate -s 8G ` + temp + `/pool.img; mkfs.xfs -q -m reflink=1 ` + temp + `/pool.img; mount -o loop,discard ` + temp + `/pool.img ` + dir
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	parent = filepath.Join(dir, "parent.raw")
	if err := disk.Clone(t.Context(), base, parent); err != nil {
		t.Fatal(err)
	}
	return dir, parent
}

func rig(t *testing.T) machinetest.Rig {
	t.Helper()
	dir, parent := pool(t)
	machines, agent := filepath.Join(dir, "machines"), agenttest.Binary(t)
	b, err := open(machines, agent)
	if err != nil {
		t.Fatal(err)
	}
	var count atomic.Int64
	return machinetest.Rig{
		Backend: b, Kind: "sandbox", Patience: 4 * time.Minute,
		Elsewhere: []string{os.Args[0], "helper", "launch", machines, agent},
		Disk: func(t testing.TB) string {
			path := filepath.Join(dir, fmt.Sprintf("disk-%d-%d.raw", os.Getpid(), count.Add(1)))
			if err := disk.Clone(context.Background(), parent, path); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Remove(path) })
			return path
		},
		Freeze: func(t testing.TB, token string) {
			f := sandbox.MountOf(t, filepath.Join(machines, token))
			defer f.Close()
			if err := filesystem.Freeze(f); err != nil {
				t.Fatalf("freezing: %v", err)
			}
		},
	}
}

func TestSandbox(t *testing.T) { machinetest.Run(t, rig(t)) }

// TestNoMachineWithRootOfTheHost checks that such a machine is refused with the
// remedies, unless the operator allows it.
func TestNoMachineWithRootOfTheHost(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("sandboxes need root")
	}
	dir := t.TempDir()
	b, err := open(filepath.Join(dir, "machines"), "agent")
	if err != nil {
		t.Fatal(err)
	}
	b = sandbox.WithoutUsers(b, false)
	_, err = b.Launch(t.Context(), machine.Spec{Token: "root", Disk: filepath.Join(dir, "none"), CPUs: 1, MemoryMiB: 256})
	for _, word := range []string{"root of this host", "user.max_user_namespaces", "--machine qemu", "--unsafe-sandbox"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error has no %q: %v", word, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "machines")); err != nil || len(left) > 0 {
		t.Errorf("something was made: %v, %v", left, err)
	}
	b = sandbox.WithoutUsers(b, true)
	if _, err := b.Launch(t.Context(), machine.Spec{Token: "root", Disk: filepath.Join(dir, "none"), CPUs: 1, MemoryMiB: 256}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("where it is allowed, a machine without a disk gives %v", err)
	}
}
