package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/test/rig"
)

// peer does the job of the table with virt-customize, which boots a small system of
// its own beside the disk. It needs a kernel with its modules; a container has none,
// so it gets that of the parent. The small system is made before the clock starts.
func peer(b *testing.B) (seconds float64, ok bool) {
	program, err := exec.LookPath("virt-customize")
	if err != nil {
		return 0, false
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "peer.raw")
	if err := disk.Clone(b.Context(), parenttest.Disk(b), file); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "LIBGUESTFS_BACKEND=direct", "LIBGUESTFS_CACHEDIR="+dir)
	env = append(env, kernelFor(b, file, dir)...)
	run := func(script string) float64 {
		began := time.Now()
		c := exec.Command(program, "-q", "-a", file, "--run-command", script)
		c.Env = env
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("virt-customize: %v\n%s", err, rig.Tail(string(out), 20))
		}
		return time.Since(began).Seconds()
	}
	run("true")
	return run(byHand), true
}

// kernelFor copies the kernel of a disk where the host has none.
func kernelFor(b *testing.B, file, dir string) []string {
	if have, _ := filepath.Glob("/boot/vmlinuz-*"); len(have) > 0 {
		return nil
	}
	const modules = "/lib/modules" // the tool wants to see it, even empty
	if err := os.Mkdir(modules, 0o755); err == nil {
		b.Cleanup(func() { _ = os.Remove(modules) })
	}
	root := b.TempDir()
	m, err := disk.Mount(b.Context(), file, root)
	if err != nil {
		b.Fatal(err)
	}
	out, err := exec.Command("sh", "-ec", `cp "$1"/boot/vmlinuz-* "$2/vmlinuz"; cp -a "$1"/lib/modules/* "$2/modules"`, "sh", root, dir).CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
	return []string{"SUPERMIN_KERNEL=" + filepath.Join(dir, "vmlinuz"), "SUPERMIN_MODULES=" + filepath.Join(dir, "modules")}
}
