package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/machinetest"
	"ingot/internal/machine/sandbox"
)

// TestEachWallHidesHostDevices removes each of the two walls in turn, and
// then both, as a control.
func TestEachWallHidesHostDevices(t *testing.T) {
	r := start(t)
	machinetest.Plant(t, r.disk, "root", "srv")
	r.launch()
	for _, fault := range machinetest.Opened(r.exec(machinetest.Ways)) {
		t.Errorf("with both walls: %s", fault)
	}
	leader := sandbox.Leader(t, r.dir) // of a system that is up
	// A process that enters the machine's namespaces from outside is not in its control
	// group.
	said, err := entered(leader, machinetest.Ways)
	if err != nil {
		t.Fatal(said, err)
	}
	for _, fault := range machinetest.Opened(said) {
		t.Errorf("with the mount alone: %s", fault)
	}
	mountOpenly(t, r, leader, "/mnt")
	const read = "head -c 27 /mnt/srv/block" // other users may look into /srv
	if said := r.exec(read + " 2>&1 || :"); !strings.Contains(said, "Operation not permitted") {
		t.Errorf("with the control group alone: %s", said)
	}
	if said, err := entered(leader, read); said != machinetest.Secret {
		t.Errorf("without a wall: %s, %v", said, err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// entered runs a script in all namespaces of a machine, as its root, and in none of its
// control groups.
func entered(leader int, script string) (string, error) {
	c := exec.Command("nsenter", "--target", fmt.Sprint(leader), "--all", "--setuid", "0", "--setgid", "0", "/bin/sh", "-c", script)
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// mountOpenly mounts the disk of a machine inside again, without nodev.
func mountOpenly(t *testing.T, r *running, leader int, at string) {
	t.Helper()
	loops, err := disk.LoopsOn(r.disk)
	if err != nil || len(loops) == 0 {
		t.Fatal(loops, err)
	}
	tree, err := mountRoot(loops)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(tree)
	home, herr := os.Open("/proc/thread-self/ns/mnt")
	inside, ierr := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", leader))
	if err := errors.Join(herr, ierr); err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	defer inside.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has a working directory of its own
		err := errors.Join(unix.Unshare(unix.CLONE_FS), unix.Setns(int(inside.Fd()), unix.CLONE_NEWNS))
		if err == nil {
			err = errors.Join(unix.MoveMount(tree, "", unix.AT_FDCWD, at, unix.MOVE_MOUNT_F_EMPTY_PATH),
				unix.Setns(int(home.Fd()), unix.CLONE_NEWNS))
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// mountRoot mounts the root from one of the devices, under no path.
func mountRoot(loops []disk.Loop) (tree int, err error) {
	for _, l := range loops {
		fs, ferr := unix.Fsopen("ext4", unix.FSOPEN_CLOEXEC)
		if ferr != nil {
			return -1, ferr
		}
		err = errors.Join(unix.FsconfigSetString(fs, "source", l.Path), unix.FsconfigCreate(fs))
		if err == nil {
			tree, err = unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
		}
		unix.Close(fs)
		if err != nil {
			continue
		}
		if unix.Fstatat(tree, "etc/passwd", new(unix.Stat_t), 0) == nil {
			return tree, nil
		}
		unix.Close(tree)
	}
	return -1, errors.Join(errors.New("no device has the root"), err)
}

// TestNoDevicesBelowTheRoot checks the file systems that are mounted below the root.
func TestNoDevicesBelowTheRoot(t *testing.T) {
	r := start(t)
	makeBoot(t, r.disk)
	machinetest.Plant(t, r.disk, "root", "boot")
	r.launch()
	if kind := r.exec("findmnt -no FSTYPE /boot"); kind != "ext4" {
		t.Errorf("/boot is %q", kind)
	}
	said := r.exec(machinetest.Ways)
	if n := strings.Count(said, "walked directly"); n != 8 {
		t.Errorf("%d of 8 nodes were tried", n)
	}
	for _, fault := range machinetest.Opened(said) {
		t.Error(fault)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
