package qemu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/network"
)

// Tokens lists what is left of machines anywhere.
func (b *Backend) Tokens(context.Context) ([]string, error) {
	found := map[string]bool{}
	entries, err := os.ReadDir(b.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() && tokenForm.MatchString(e.Name()) {
			found[e.Name()] = true
		}
	}
	groups, err := cgroup.Names()
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if token, ours := strings.CutSuffix(g, groupName("")); ours {
			found[token] = true
		}
	}
	links, err := network.Tokens()
	if err != nil {
		return nil, err
	}
	for _, token := range links {
		found[token] = true
	}
	var all []string
	for token := range found {
		all = append(all, token)
	}
	slices.Sort(all)
	return all, nil
}

// Destroy ends a machine and removes all that is left of it. One of the other
// backend, which shares the folder, is the other backend's to destroy.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := b.folder(token)
	if err != nil {
		return err
	}
	if err := endSupervisor(ctx, dir); err != nil {
		return fmt.Errorf("ending machine %s: %w", token, err)
	}
	if foreign(dir) {
		return nil
	}
	if err := errors.Join(cgroup.RemoveAll(token), unmountBelow(dir), network.Detach(token)); err != nil {
		return fmt.Errorf("removing machine %s: %w", token, err)
	}
	return os.RemoveAll(dir)
}

// foreign says whether a folder is of a machine that we did not launch and that
// has more in it than a disk.
func foreign(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, lockFile)); err == nil {
		return false
	}
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), "disk.raw") })
}

// endSupervisor kills QEMU through its supervisor, or both of them.
func endSupervisor(ctx context.Context, dir string) error {
	if !alive(dir) {
		return nil
	}
	if err := killThrough(ctx, dir); err == nil || ctx.Err() != nil {
		return err
	}
	for _, pid := range holders(filepath.Join(dir, lockFile)) {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return awaitRelease(ctx, dir)
}

// killThrough asks the supervisor and waits until it has ended.
func killThrough(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	if err := command(ctx, dir, orderKill); err != nil && !errors.Is(err, errGone) {
		return err
	}
	return awaitRelease(ctx, dir)
}

// holders lists the processes other than this one that have a file open.
func holders(file string) (pids []int) {
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		pid, err := strconv.Atoi(strings.Split(fd, "/")[2])
		if to, lerr := os.Readlink(fd); err == nil && lerr == nil && to == file && pid != os.Getpid() && !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// unmountBelow unmounts everything below a folder and detaches the loop devices on
// files in it.
func unmountBelow(dir string) error {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	const place = 4 // of the mount point in a line
	lines := strings.Split(string(text), "\n")
	slices.Reverse(lines) // the latest mount goes first
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) <= place || !strings.HasPrefix(unescape(f[place]), dir+"/") {
			continue
		}
		if err := unix.Unmount(unescape(f[place]), 0); err != nil {
			return fmt.Errorf("unmounting %s: %w", unescape(f[place]), err)
		}
	}
	loops, err := disk.LoopsOn(dir)
	for i := range loops {
		err = errors.Join(err, loops[i].Detach())
	}
	return err
}

// unescape reads the octal escapes of a mount table.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
