package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/network"
)

// killTime bounds how long the kernel may take to end a machine.
const killTime = 30 * time.Second

// release gives back to the kernel what a machine still holds, in the order that
// leaves nothing over. It is for who has the machine's lock: its supervisor, or others
// when there is none. The folder stays.
func release(ctx context.Context, dir, file string) error {
	key := keyOf(dir)
	ctx, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	// What is frozen cannot be killed, and a freezer that lives can freeze again.
	if err := errors.Join(thawAll(dir, file), endFreezer(ctx, dir, file), thawAll(dir, file)); err != nil {
		return fmt.Errorf("thawing machine %s: %w", key, err)
	}
	// Its network has nothing to do with its disk, and takes as long.
	detached := make(chan error, 1)
	go func() { detached <- network.Detach(key) }()
	err := cgroup.RemoveAll(key)
	if err == nil {
		err = unmountBelow(ctx, dir)
	}
	if err == nil {
		err = detachAll(dir, file)
	}
	return errors.Join(err, <-detached, forgetNspawn(key))
}

// thawAll thaws the disk of a machine: by its mount for its supervisor, by its
// device for others.
func thawAll(dir, file string) error {
	if mount := filepath.Join(dir, mountDir); isMounted(mount) {
		return thaw(mount)
	}
	loops, err := loopsOf(dir, file)
	if err != nil {
		return err
	}
	return thawDevices(loops, dir)
}

// loopsOf finds the loop devices on the disk of a machine.
func loopsOf(dir, file string) ([]disk.Loop, error) {
	loops, err := disk.LoopsOn(dir)
	if err != nil || file == "" || strings.HasPrefix(file, dir+"/") {
		return loops, err
	}
	more, err := disk.LoopsOn(file)
	return append(loops, more...), err
}

// detachAll frees the loop devices on the disk of a machine.
func detachAll(dir, file string) error {
	loops, err := loopsOf(dir, file)
	if err != nil {
		return err
	}
	for _, l := range loops {
		err = errors.Join(err, l.Detach())
	}
	return err
}

// mounts lists mount points at and below a folder, in the order of their making.
func mounts(dir string) ([]string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(f[4])
		if point == dir || strings.HasPrefix(point, dir+"/") {
			found = append(found, point)
		}
	}
	return found, nil
}

func isMounted(point string) bool {
	all, err := mounts(point)
	return err == nil && slices.Contains(all, point)
}

// unmountBelow unmounts everything below a folder. What was killed a moment ago may
// still hold a file, so it is tried again.
func unmountBelow(ctx context.Context, dir string) error {
	for {
		all, err := mounts(dir)
		if err != nil || len(all) == 0 {
			return err
		}
		last := all[len(all)-1]
		err = unix.Unmount(last, unix.UMOUNT_NOFOLLOW)
		if err == nil {
			continue
		}
		if !errors.Is(err, unix.EBUSY) || pause(ctx) != nil {
			return fmt.Errorf("unmounting %s: %w", last, err)
		}
	}
}
