package bench_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/test/rig"
)

// peerTime bounds what the peer may take, its small system included.
const peerTime = 10 * time.Minute

// peer does the job of the table with virt-customize, which boots a small system of
// its own beside the disk, with KVM where our machines have it. It needs a kernel with
// its modules; a container has none, so it gets that of the parent. The small system is
// made before the clock starts. A peer that cannot do it is no figure and no fault.
func peer(b *testing.B) (seconds float64, err error) {
	program, err := exec.LookPath("virt-customize")
	if err != nil {
		return 0, err
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "peer.raw")
	if err := disk.Clone(b.Context(), parenttest.Disk(b), file); err != nil {
		return 0, err
	}
	kernel, err := kernelFor(b, file, dir)
	if err != nil {
		return 0, err
	}
	env := append(os.Environ(), "LIBGUESTFS_BACKEND=direct", "LIBGUESTFS_CACHEDIR="+dir)
	env = append(env, kernel...)
	if !backend(b).KVM(b.Context()) {
		env = append(env, "LIBGUESTFS_BACKEND_SETTINGS=force_tcg")
	}
	ctx, cancel := context.WithTimeout(b.Context(), peerTime)
	defer cancel()
	for _, script := range []string{"true", byHand} {
		began := time.Now()
		c := exec.CommandContext(ctx, program, "-q", "-a", file, "--run-command", script)
		c.Env = env
		if out, err := c.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("virt-customize: %w\n%s", err, rig.Tail(string(out), 20))
		}
		seconds = time.Since(began).Seconds()
	}
	return seconds, nil
}

// kernelFor copies the kernel of a disk where the host has none.
func kernelFor(b *testing.B, file, dir string) ([]string, error) {
	if have, _ := filepath.Glob("/boot/vmlinuz-*"); len(have) > 0 {
		return nil, nil
	}
	const modules = "/lib/modules" // the tool wants to see it, even empty
	if err := os.Mkdir(modules, 0o755); err == nil {
		b.Cleanup(func() { _ = os.Remove(modules) })
	}
	root := b.TempDir()
	m, err := disk.Mount(b.Context(), file, root)
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("sh", "-ec", `cp "$1"/boot/vmlinuz-* "$2/vmlinuz"; cp -a "$1"/lib/modules/* "$2/modules"`, "sh", root, dir).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("copying the kernel: %w: %s", err, out)
	}
	return []string{"SUPERMIN_KERNEL=" + filepath.Join(dir, "vmlinuz"), "SUPERMIN_MODULES=" + filepath.Join(dir, "modules")}, errors.Join(err, m.Close())
}
