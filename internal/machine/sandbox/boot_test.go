package sandbox_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/agenttest"
	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/machinetest"
	"ingot/internal/machine/sandbox"
)

// separateBoot is a script that makes a disk with a partition for /boot behind its root.
const separateBoot = `
truncate -s +64M "$1"
sfdisk --quiet --relocate gpt-bak-std "$1"
echo 'type=BC13C2FF-59E6-4262-A352-B275FD6F7172' | sfdisk --quiet --no-reread --no-tell-kernel --append "$1"
set -- "$1" $(sfdisk --dump "$1" | sed -n 's/.*start= *\([0-9]*\), size= *\([0-9]*\), type=BC13.*/\1 \2/p')
mke2fs -q -t ext4 -E "offset=$(($2 * 512))" "$1" "$(($3 / 2))k" 2>/dev/null
`

func makeBoot(t *testing.T, path string) {
	t.Helper()
	if out, err := exec.Command("sh", "-ec", separateBoot, "sh", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestFileSystemsBelowTheRoot(t *testing.T) {
	dir, parent := pool(t)
	b, err := open(filepath.Join(dir, "machines"), agenttest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "boot.raw")
	if err := disk.Clone(t.Context(), parent, path); err != nil {
		t.Fatal(err)
	}
	makeBoot(t, path)
	m, err := b.Launch(t.Context(), machine.Spec{Token: "boot", Disk: path, CPUs: 1, MemoryMiB: 512})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Destroy(t.Context(), "boot"); err != nil {
			t.Error(err)
		}
	}()
	agent := client.New(m.Dial)
	defer agent.Close()
	result, err := agent.Exec(t.Context(), protocol.Exec{ID: "1", Script: "findmnt -no FSTYPE /boot && touch /boot/written && stat -c %U /boot/written"}, nil)
	if err != nil || strings.Fields(result.Stdout + " -")[0] != "ext4" || !strings.Contains(result.Stdout, "root") {
		t.Errorf("%+v, %v", result, err)
	}
	if err := m.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	mounted, err := disk.Mount(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(mounted.Dir, "boot/written")); err != nil {
		t.Errorf("what was written to /boot is not on its partition: %v", err)
	}
	if err := mounted.Close(); err != nil {
		t.Error(err)
	}
}

func TestWithoutUserNamespacesAndACrash(t *testing.T) {
	dir, parent := pool(t)
	machines := filepath.Join(dir, "machines")
	b, err := open(machines, agenttest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	b = sandbox.WithoutUsers(b, true)
	machinetest.Plant(t, parent, "root")
	m, err := b.Launch(t.Context(), machine.Spec{Token: "crash", Disk: parent, CPUs: 1, MemoryMiB: 512})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Destroy(t.Context(), "crash"); err != nil {
			t.Error(err)
		}
	}()
	agent := client.New(m.Dial)
	defer agent.Close()
	result, err := agent.Exec(t.Context(), protocol.Exec{ID: "1", Script: "cat /proc/self/uid_map; echo last words >/dev/console; touch /root/file; ls -l /root/file"}, nil)
	if err != nil || !strings.Contains(result.Stdout, "4294967295") || !strings.Contains(result.Stdout, "root root") {
		t.Errorf("%+v, %v", result, err)
	}
	// Its root removes nodev and changes the list of its group, without effect.
	result, err = agent.Exec(t.Context(), protocol.Exec{ID: "2", Script: machinetest.Ways}, nil)
	for _, fault := range machinetest.Opened(result.Stdout) {
		t.Errorf("%s, %v", fault, err)
	}
	if err := unix.Kill(sandbox.Leader(t, filepath.Join(machines, "crash")), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	exit, err := m.Wait(t.Context())
	if err != nil || exit.Kind != machine.Crashed || !strings.Contains(exit.Detail, "last words") {
		t.Errorf("%+v, %v", exit, err)
	}
}
