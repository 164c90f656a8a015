package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/network"
	"ingot/internal/machine/supervise"
)

// release gives back to the kernel what a machine still holds, in the order that
// leaves nothing over. It is for who has the machine's lock: its supervisor, or others
// when there is none. The folder stays.
func release(ctx context.Context, dir, file string) error {
	key := kind.Key(dir)
	ctx, cancel := context.WithTimeout(ctx, supervise.KillTime)
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
		err = supervise.UnmountBelow(ctx, dir)
	}
	if err == nil {
		err = detachAll(dir, file)
	}
	return errors.Join(err, <-detached, forgetNspawn(key))
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
