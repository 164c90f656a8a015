package disk_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"ingot/internal/artifact/disk"
)

// TestMain makes the test binary a process that grows a disk, which a test kills.
func TestMain(m *testing.M) {
	if args := os.Args[1:]; len(args) == 2 && args[0] == "grow" {
		fmt.Println(disk.Grow(context.Background(), args[1], 300*mib))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestGrow(t *testing.T) {
	needRoot(t)
	for name, file := range map[string]string{
		"partitions": makeDisk(t, part{disk.TypeBIOSBoot, 1, ""}, part{disk.TypeESP, 2, ""}, part{disk.TypeRootX86, 32, "ext4"}),
		"bare":       makeExt4(t, 32*mib),
	} {
		t.Run(name, func(t *testing.T) {
			before, err := disk.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := disk.Grow(t.Context(), file, 300*mib); err != nil {
				t.Fatal(err)
			}
			after, err := disk.Read(file)
			if err != nil || after.Size != 300*mib || after.Root.Size < 290*mib || after.Root.UUID != before.Root.UUID || after.Root.Start != before.Root.Start {
				t.Errorf("layout: %+v, %v", after, err)
			}
			if err := disk.Check(t.Context(), file); err != nil {
				t.Error(err)
			}
			if size := sizeWithin(t, file); size < 200*mib {
				t.Errorf("the file system has %d bytes", size)
			}
			nothingLeft(t, filepath.Dir(file))
		})
	}
}

// sizeWithin mounts a disk, checks its file and returns the size of the file system.
func sizeWithin(t *testing.T, file string) int64 {
	t.Helper()
	m, err := disk.Mount(t.Context(), file, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var s syscall.Statfs_t
	err = syscall.Statfs(m.Dir, &s)
	if _, ferr := os.Stat(filepath.Join(m.Dir, "hello")); err != nil || ferr != nil {
		t.Error(err, ferr)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return int64(s.Blocks) * s.Bsize
}

func TestGrowRefuses(t *testing.T) {
	file := makeDisk(t, part{disk.TypeRootX86, 16, "ext4"}, part{disk.TypeExtBoot, 16, "ext4"})
	before := digest(t, file, nil)
	wantError(t, disk.Grow(t.Context(), file, 8*mib), "smaller than the snapshot", "at least 1 GiB")
	wantError(t, disk.Grow(t.Context(), file, 200*mib), "partition 2 is behind it")
	if err := disk.Verify(t.Context(), file, &before); err != nil {
		t.Error(err)
	}
}

// TestGrowKilled kills the process that grows a disk in the middle of it.
func TestGrowKilled(t *testing.T) {
	needRoot(t)
	file, tools := makeExt4(t, 32*mib), t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "e2fsck"), []byte("#!/bin/sh\nkill -9 $PPID\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "grow", file)
	cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
	out, _ := cmd.CombinedOutput()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Fatalf("it was not killed: %v: %s", cmd.ProcessState, out)
	}
	nothingLeft(t, filepath.Dir(file))
}
