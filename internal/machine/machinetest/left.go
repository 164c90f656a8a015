package machinetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ingot/internal/agent/protocol"
)

// nothingLeft checks that the kernel's lists have nothing with a token.
func (b *bench) nothingLeft(token, disk string) {
	b.Helper()
	tokens, err := b.Backend.Tokens(context.Background())
	if err != nil || slices.Contains(tokens, token) {
		b.Errorf("the backend still lists the machine: %v, %v", tokens, err)
	}
	if text, err := os.ReadFile("/proc/self/mountinfo"); err != nil || carries(string(text), token) {
		b.Errorf("something of the machine is still mounted, %v", err)
	}
	loops, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	for _, l := range loops {
		text, err := os.ReadFile(l)
		file := strings.TrimSuffix(strings.TrimSpace(string(text)), " (deleted)")
		if err == nil && (file == disk || carries(file, token)) {
			b.Errorf("a loop device is left: %s on %s", l, text)
		}
	}
	links, _ := filepath.Glob("/sys/class/net/*/ifalias")
	for _, l := range links {
		if text, err := os.ReadFile(l); err == nil && carries(string(text), token) {
			b.Errorf("a network device is left: %s", l)
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && carries(e.Name(), token) {
			b.Errorf("a control group is left: %s", p)
		}
		return nil
	})
	for pid, argv := range commands() {
		if carries(strings.Join(argv, " "), token) {
			b.Errorf("process %d is left: %q", pid, argv)
		}
	}
	if left, _ := filepath.Glob("/run/systemd/nspawn/*/*" + token + "*"); len(left) > 0 {
		b.Errorf("folders are left: %v", left)
	}
}

// carries reports whether a text has a token that is not the beginning of another.
func carries(text, token string) bool {
	for {
		_, after, ok := strings.Cut(text, token)
		if !ok {
			return false
		}
		if after == "" || after[0] < '0' || after[0] > '9' {
			return true
		}
		text = after
	}
}

// commands returns the command lines of all processes but ours.
func commands() map[int][]string {
	found := map[int][]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		text, err := os.ReadFile(f)
		pid, perr := strconv.Atoi(strings.Split(f, "/")[2])
		if err == nil && perr == nil && pid != os.Getpid() {
			found[pid] = strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		}
	}
	return found
}

// supervisor returns the supervisor of a machine.
func (b *bench) supervisor(token string) int {
	b.Helper()
	pid := b.findSupervisor(token)
	if pid == 0 {
		b.Fatalf("there is no supervisor of %s", token)
	}
	return pid
}

// findSupervisor returns the supervisor of a machine, or 0.
func (b *bench) findSupervisor(token string) int {
	for pid, argv := range commands() {
		if n := len(argv); n > 1 && argv[n-2] == b.Kind && filepath.Base(argv[n-1]) == token {
			return pid
		}
	}
	return 0
}

// hog fills the memory with files until the machine has ended.
func (g *guest) hog(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := g.agent.Exec(ctx, protocol.Exec{ID: "hog-" + time.Now().Format("150405.000000000"), Script: `
mount -o remount,size=100% /dev/shm || :
mkdir -p /run/hog && mount -t tmpfs -o size=2G none /run/hog
head -c 2G /dev/zero >/dev/shm/hog & head -c 2G /dev/zero >/run/hog/hog & wait
sleep 1`}, nil)
		if err != nil && !errors.Is(err, context.Canceled) {
			return
		}
	}
}
