package machinetest

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/cgroup"
)

// Ways is a script that tries to open the nodes of [Plant] inside a machine.
//
//go:embed ways.sh
var Ways string

// Secret is the content of the loop device of the host that [Plant] makes.
const Secret = "what only the host may read"

// walkable are ways of the script that always reach a node, whatever the wall.
var walkable = []string{
	"directly", "another root", "a link", "a remount", "a bind remount", "a bind mount", "a recursive bind mount", "another mount namespace",
}

// Opened returns the nodes that the script could open, from its output, and the ways that
// it did not try.
func Opened(said string) (opened []string) {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	for _, l := range lines {
		if strings.HasPrefix(l, "opened ") {
			opened = append(opened, l)
		}
	}
	for _, way := range walkable {
		if !slices.Contains(lines, "walked "+way) {
			opened = append(opened, "not walked: "+way)
		}
	}
	return opened
}

// Plant puts device nodes into folders of a disk, as a virtual machine that ran on it
// can: a loop device of the host on a file with [Secret], a disk of the host, its memory
// and the log of its kernel. It checks that one of them opens on a mount without flags.
func Plant(t testing.TB, path string, folders ...string) {
	t.Helper()
	m, err := disk.Mount(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]struct {
		kind   uint32
		number uint64
	}{
		"block": {unix.S_IFBLK, secretDevice(t).number},
		"disk":  {unix.S_IFBLK, hostDisk(t).number},
		"mem":   {unix.S_IFCHR, unix.Mkdev(1, 1)},
		"kmsg":  {unix.S_IFCHR, unix.Mkdev(1, 11)},
	}
	for _, folder := range folders {
		for name, n := range nodes {
			node := filepath.Join(m.Dir, folder, name)
			if err := errors.Join(unix.Mknod(node, n.kind, int(n.number)), os.Chmod(node, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
	}
	control(t, m.Dir, folders[0])
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

// device is a device of the host.
type device struct {
	path   string
	number uint64
}

func find(t testing.TB, path string) device {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		t.Fatal(err)
	}
	return device{path, s.Rdev}
}

// secretDevice makes a loop device with the secret.
func secretDevice(t testing.TB) device {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	text := append([]byte(Secret), make([]byte, diskBegin-len(Secret))...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	loop, err := disk.Attach(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := loop.Detach(); err != nil {
			t.Error(err)
		}
	})
	return find(t, loop.Path)
}

// hostDisk returns a disk of the host, or a loop device if there is none.
func hostDisk(t testing.TB) device {
	t.Helper()
	text, err := os.ReadFile("/proc/partitions")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line) // major, minor, blocks, name
		if len(f) == 4 && f[0] != "major" && !strings.HasPrefix(f[3], "loop") {
			return find(t, "/dev/"+f[3])
		}
	}
	return secretDevice(t)
}

// control checks that the node of the secret opens on a mount without flags. mounted is
// another mount of the file system.
func control(t testing.TB, mounted, folder string) {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(mounted, &s); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := unix.Mount(fmt.Sprintf("/dev/loop%d", unix.Minor(s.Dev)), dir, "ext4", 0, ""); err != nil {
		t.Fatal(err)
	}
	if text := start(filepath.Join(dir, folder, "block")); text != Secret {
		t.Errorf("without flags the node gives %q", text)
	}
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
}

// start returns the first bytes of a device, as many as the secret has, or the error.
func start(node string) string {
	b, err := read(node, len(Secret))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func read(file string, n int) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, n)
	_, err = io.ReadFull(f, b)
	return b, err
}

// devices checks that a machine cannot open the nodes that were planted on its disk.
func (g *guest) devices() {
	g.Helper()
	g.groupDevices()
	if g.OwnKernel {
		g.ownDevices()
		return
	}
	for _, fault := range Opened(g.exec(Ways)) {
		g.Errorf("devices of the host: %s", fault)
	}
}

// groupDevices checks that a program in the control group of the machine, or of QEMU,
// cannot open a device of the host.
func (g *guest) groupDevices() {
	g.Helper()
	names, err := cgroup.Names()
	at := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, g.spec.Token+".") })
	if err != nil || at < 0 {
		g.Fatalf("the machine has no control group among %v, %v", names, err)
	}
	out, err := exec.Command("sh", "-c", joinAndOpen, "sh", names[at]).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not permitted") {
		g.Errorf("opening a device of the host in the machine's control group gives %v, %s", err, out)
	}
}

// joinAndOpen is a script that joins a group below a control group in every hierarchy,
// opens an allowed device, and then one of the host's.
const joinAndOpen = `set -e
for group in $(find /sys/fs/cgroup -type d -name "$1"); do
	mkdir "$group/probe"
	echo $$ >"$group/probe/cgroup.procs"
done
(: </dev/urandom) && : </dev/loop-control`

// diskBegin is the size of the part of a disk before its partitions, which nothing
// changes.
const diskBegin = 1 << 20

// ownDevices checks that the nodes open only devices of the machine itself. It writes a
// line into the log of the machine's kernel, which must not appear in the host's.
func (g *guest) ownDevices() {
	g.Helper()
	if text := g.try("head -c 100 /root/block").Stdout; strings.Contains(text, Secret) {
		g.Error("a loop device of the host can be read")
	}
	begin, err := read(g.spec.Disk, diskBegin)
	if err != nil {
		g.Fatal(err)
	}
	own, none := sha256.Sum256(begin), sha256.Sum256(nil) // none if the machine has no such device
	said := g.try(fmt.Sprintf("head -c %d /root/disk | sha256sum | cut -d ' ' -f 1 | tr -d '\\n'", diskBegin)).Stdout
	if said != fmt.Sprintf("%x", own) && said != fmt.Sprintf("%x", none) {
		g.Errorf("the number of a disk of the host leads to %s, and the machine's own disk begins as %x", said, own)
	}
	word := "written by " + g.spec.Token
	g.exec("echo '" + word + "' >/root/kmsg && dmesg | grep -q '" + word + "'")
	log := make([]byte, 1<<20)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, log)
	if err != nil || strings.Contains(string(log[:max(n, 0)]), word) {
		g.Errorf("the log of the host's kernel has what the machine wrote, or cannot be read: %v", err)
	}
}
