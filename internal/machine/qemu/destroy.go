package qemu

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/folder"
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
		if e.IsDir() && tokenForm.MatchString(e.Name()) && !foreign(filepath.Join(b.Dir, e.Name())) {
			found[e.Name()] = true
		}
	}
	groups, err := cgroup.Names()
	if err != nil {
		return nil, err
	}
	links, err := network.Tokens()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Concat(groups, slices.Collect(maps.Values(links))) {
		if token, _, ours := strings.Cut(name, scopeOf(b.Dir)); ours {
			found[token] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Destroy ends a machine and removes all that is left of it. It leaves the folder
// alone when the machine in it is another backend's.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := b.folder(token)
	if err != nil {
		return err
	}
	if foreign(dir) {
		return nil
	}
	if err := endSupervisor(ctx, dir); err != nil {
		return fmt.Errorf("ending machine %s: %w", token, err)
	}
	if err := release(dir); err != nil {
		return fmt.Errorf("removing machine %s: %w", token, err)
	}
	return os.RemoveAll(dir)
}

// release takes back all that a machine which has ended may still hold.
func release(dir string) error {
	return errors.Join(cgroup.RemoveAll(keyOf(dir)), unmountBelow(dir), network.Detach(keyOf(dir)))
}

// othersFile is in the folder of a machine that the sandbox backend made.
const othersFile = "sandbox.json"

func foreign(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, othersFile))
	return err == nil
}

// endSupervisor kills QEMU through its supervisor, or both of them.
func endSupervisor(ctx context.Context, dir string) error {
	if !alive(dir) {
		return nil
	}
	if err := killThrough(ctx, dir); err == nil || ctx.Err() != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	for alive(dir) {
		if p := supervisorOf(ctx, dir); p != nil {
			_ = p.Kill() // it may have ended
			_ = p.Release()
		}
		if pause(ctx) != nil {
			return fmt.Errorf("the supervisor of the machine in %s does not end", dir)
		}
	}
	return nil
}

// orderTime is how long a supervisor may take to answer before it is killed.
const orderTime = 5 * time.Second

// killThrough asks the supervisor and waits until it has ended.
func killThrough(ctx context.Context, dir string) error {
	quick, cancelQuick := context.WithTimeout(ctx, orderTime)
	defer cancelQuick()
	// One that still starts takes no orders yet.
	if err := awaitControl(quick, dir); err != nil && !errors.Is(err, machine.ErrNotFound) {
		return err
	}
	if err := command(quick, dir, orderKill); err != nil && !errors.Is(err, errGone) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	return awaitRelease(ctx, dir)
}

// supervisorOf gives the supervisor of a machine, or nil.
func supervisorOf(ctx context.Context, dir string) *os.Process {
	return folder.Supervisor(filepath.Join(dir, lockFile), func() (net.Conn, error) { return order(ctx, dir, orderWatch) })
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
