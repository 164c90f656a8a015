package pool_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/pool"
)

// userVariable makes the test binary a second user of the pool that the variable names.
const userVariable = "INGOT_POOL_USER"

func TestMain(m *testing.M) {
	if data := os.Getenv(userVariable); data != "" {
		if err := beUser(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beUser uses the pool until its input ends.
func beUser(data string) error {
	p, err := pool.Open(context.Background(), data)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.Dir(), "user"), []byte("x"), 0o600); err != nil {
		return err
	}
	if err := p.Sync(); err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // until it ends
	return p.Close()
}

type user struct {
	cmd   *exec.Cmd
	input io.Closer
}

func startUser(t *testing.T, data string) *user {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), userVariable+"="+data), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it may have ended
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the second user printed %q", line)
	}
	return &user{cmd, in}
}

func (u *user) kill(t *testing.T) {
	t.Helper()
	if err := u.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = u.cmd.Wait() // it was killed
}

func (u *user) end(t *testing.T) {
	t.Helper()
	u.input.Close()
	if err := u.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// outer makes a data directory on a file system of its own.
func outer(t *testing.T, kind string, gib int64) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting file systems needs root")
	}
	file, dir := filepath.Join(t.TempDir(), "outer.img"), t.TempDir()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, gib<<30); err != nil {
		t.Fatal(err)
	}
	args := map[string][]string{"ext4": {"-q"}, "xfs": {"-q", "-s", "size=4096"}}[kind] // the loop device's sector
	if out, err := exec.Command("mkfs."+kind, append(args, file)...).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.%s: %v: %s", kind, err, out)
	}
	loop, err := disk.Attach(file)
	if err != nil {
		t.Skipf("loop devices are needed: %v", err)
	}
	t.Cleanup(func() {
		if err := loop.Detach(); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mount(loop.Path, dir, kind, 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cleanUp(t, dir) })
	return dir
}

// cleanUp removes what a failed test left, then the outer file system.
func cleanUp(t *testing.T, dir string) {
	_ = unix.Unmount(filepath.Join(dir, "pool"), 0) // most tests have done it
	all, err := disk.LoopsOn(filepath.Join(dir, "pool.img"))
	if err != nil {
		t.Error(err)
	}
	for _, l := range all {
		if err := l.Detach(); err != nil {
			t.Error(err)
		}
	}
	if err := unix.Unmount(dir, 0); err != nil {
		t.Error(err)
	}
}

// fill fills a file system except for left bytes.
func fill(t *testing.T, dir string, left int64) {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(dir, "filling")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := int64(s.Bfree)*s.Bsize - left; size > 0; size -= 1 << 20 { // the block list of the file takes some
		if unix.Fallocate(int(f.Fd()), 0, 0, size) == nil {
			return
		}
	}
}

func mounted(t *testing.T, data string) bool {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), " "+filepath.Join(data, "pool")+" ")
}

func loops(t *testing.T, data string) int {
	t.Helper()
	all, err := disk.LoopsOn(filepath.Join(data, "pool.img"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
