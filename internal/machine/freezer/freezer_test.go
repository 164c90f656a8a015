package freezer_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"ingot/internal/machine/freezer"
)

func sh(t *testing.T, script string) {
	t.Helper()
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
}

// mounted mounts an ext4 disk in a folder that can share blocks.
func mounted(t *testing.T) (mount, disk string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("freezing needs root")
	}
	dir := t.TempDir()
	pool := filepath.Join(dir, "pool")
	mount, disk = filepath.Join(dir, "mount"), filepath.Join(pool, "disk.raw")
	sh(t, "mkdir "+pool+" "+mount+`
truncate -s 400M `+dir+`/pool.img; mkfs.xfs -q -m reflink=1 `+dir+`/pool.img; mount -o loop `+dir+`/pool.img `+pool+`
truncate -s 100M `+disk+`; mkfs.ext4 -q `+disk+`; mount -o loop `+disk+` `+mount)
	t.Cleanup(func() { sh(t, "umount "+mount+"; umount "+pool) })
	return mount, disk
}

// output starts a process, which is killed in the end, and returns its output.
func output(t *testing.T, c *exec.Cmd) io.Reader {
	t.Helper()
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		_, _ = io.Copy(io.Discard, out)                   // until its children have ended too
		_ = c.Wait()
	})
	return out
}

func TestCopyOfABusyDiskIsWhole(t *testing.T) {
	mount, disk := mounted(t)
	writer := exec.Command("sh", "-c", `exec 3>&1; while :; do head -c 300K /dev/urandom >a; mv a b; echo; done`)
	writer.Dir = mount
	lines := output(t, writer)
	if _, err := lines.Read(make([]byte, 1)); err != nil { // it writes
		t.Fatal(err)
	}
	for range 3 {
		dst := filepath.Join(filepath.Dir(disk), "copy.raw")
		if status := freezer.Main([]string{mount, disk, dst}); status != 0 {
			t.Fatalf("status %d", status)
		}
		sh(t, "e2fsck -fn "+dst)
	}
	if _, err := lines.Read(make([]byte, 64)); err != nil { // and goes on
		t.Error(err)
	}
}

// TestOnlyTheDiskIsFrozen passes a folder of the file system that holds the disk, as the
// mount point of a machine is when the machine has just ended. If that were frozen, the
// copy would wait for itself.
func TestOnlyTheDiskIsFrozen(t *testing.T) {
	mount, disk := mounted(t)
	pool := filepath.Dir(disk)
	other := filepath.Join(pool, "other.raw")
	sh(t, "cp "+disk+" "+other)
	for where, file := range map[string]string{pool: disk, mount: other, t.TempDir(): disk} {
		if status := freezer.Main([]string{where, file, filepath.Join(pool, "copy.raw")}); status == 0 {
			t.Errorf("%s is taken for the disk %s", where, file)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(pool, "copy.raw*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestAFailedCopyThaws(t *testing.T) {
	mount, disk := mounted(t)
	elsewhere := filepath.Join(t.TempDir(), "copy.raw") // cannot share blocks with the disk
	if status := freezer.Main([]string{mount, disk, elsewhere}); status == 0 {
		t.Error("a copy to another file system was made")
	}
	sh(t, "echo thawed >"+filepath.Join(mount, "file"))
	if left, _ := filepath.Glob(elsewhere + "*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
