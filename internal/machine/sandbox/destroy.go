package sandbox

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/network"
)

// othersFile is in the folder of a machine that the qemu backend made.
const othersFile = "qemu.json"

// Destroy ends what is left of a machine. It leaves the folder alone when the
// machine in it is another backend's.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := b.folder(token)
	if err != nil {
		return err
	}
	id, err := loadIdentity(dir)
	if err != nil && b.foreign(dir) {
		return nil
	}
	if alive(dir) {
		_ = thawLeftOver(ctx, dir) // so that it can end in order; else it is thawed below
		askToEnd(ctx, dir)         // what does not follow is killed below
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := b.removeDead(ctx, dir, id.Disk); err != nil {
		return fmt.Errorf("destroying machine %s: %w", token, err)
	}
	return nil
}

// orderTime is how long a supervisor may take until it takes orders.
const orderTime = 5 * time.Second

// askToEnd has the supervisor of a machine end it at once, if it takes orders.
func askToEnd(ctx context.Context, dir string) {
	quick, cancelQuick := context.WithTimeout(ctx, orderTime)
	defer cancelQuick()
	if awaitControl(quick, dir) != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	_ = await(bounded, dir, orderKill)
}

// removeDead removes what is left of a machine, whose supervisor is killed if it still
// lives. Nobody can launch the machine meanwhile.
func (b *Backend) removeDead(ctx context.Context, dir, file string) error {
	bounded, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	if err := endSupervisor(bounded, dir); err != nil {
		return err
	}
	lock, err := awaitLock(ctx, dir, lockFile)
	if err == nil {
		defer lock.Close()
	} else if !errors.Is(err, os.ErrNotExist) { // the kernel may have something without a folder
		return err
	}
	if err := release(ctx, dir, file); err != nil {
		return err
	}
	return folder.RemoveAll(dir)
}

func (b *Backend) foreign(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, othersFile))
	return err == nil
}

// Tokens lists the machines of which the kernel or the folder still has something.
func (b *Backend) Tokens(context.Context) ([]string, error) {
	found := map[string]bool{}
	var all error
	for _, list := range []func() ([]string, error){b.folders, b.looped, b.groups, b.links} {
		tokens, err := list()
		all = errors.Join(all, err)
		for _, t := range tokens {
			if tokenForm.MatchString(t) {
				found[t] = true
			}
		}
	}
	if all != nil {
		return nil, fmt.Errorf("listing what is left of machines: %w", all)
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// folders lists the machines' folder.
func (b *Backend) folders() ([]string, error) {
	entries, err := os.ReadDir(b.Dir)
	var tokens []string
	for _, e := range entries {
		if e.IsDir() && !b.foreign(filepath.Join(b.Dir, e.Name())) {
			tokens = append(tokens, e.Name())
		}
	}
	return tokens, err
}

// below gives the first part of a path below the machines' folder.
func (b *Backend) below(path string) string {
	rest, ok := strings.CutPrefix(path, b.Dir+"/")
	if !ok {
		return ""
	}
	token, _, _ := strings.Cut(rest, "/")
	return token
}

// looped lists the machines whose disks have loop devices.
func (b *Backend) looped() (tokens []string, err error) {
	loops, err := disk.LoopsOn(b.Dir)
	for _, l := range loops {
		tokens = append(tokens, b.below(l.File()))
	}
	return tokens, err
}

// keyOf is the name of a machine in lists that all of the host shares: its token
// and what tells its folder from those of other servers.
func keyOf(dir string) string { return filepath.Base(dir) + scopeOf(filepath.Dir(dir)) }

func scopeOf(machines string) string {
	h := fnv.New32a()
	h.Write([]byte(machines))
	return fmt.Sprintf(".%08x", h.Sum32())
}

// groups lists the machines of ours that have control groups, named <key>.<life>.
func (b *Backend) groups() (tokens []string, err error) {
	names, err := cgroup.Names()
	for _, n := range names {
		if token, _, ok := strings.Cut(n, scopeOf(b.Dir)+"."); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens, err
}

// links lists the machines of ours that have network devices.
func (b *Backend) links() (tokens []string, err error) {
	owners, err := network.Tokens()
	for _, key := range owners {
		if token, ok := strings.CutSuffix(key, scopeOf(b.Dir)); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens, err
}
