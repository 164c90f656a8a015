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

// release removes what the kernel still has of a machine, in an order that leaves
// nothing. The caller must have the machine's lock: it is the supervisor, or there is
// none. The folder stays.
func release(ctx context.Context, dir, file string) error {
	key := kind.Key(dir)
	ctx, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	// Processes on a frozen disk cannot be killed, and a live freezer can freeze again.
	if err := errors.Join(thawAll(dir, file), endFreezer(ctx, dir, file), thawAll(dir, file)); err != nil {
		return fmt.Errorf("thawing machine %s: %w", key, err)
	}
	// Its network does not depend on its disk, and takes as long to remove.
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

// loopsOf returns the loop devices on the disk of a machine.
func loopsOf(dir, file string) ([]disk.Loop, error) {
	loops, err := disk.LoopsOn(dir)
	if err != nil || file == "" || strings.HasPrefix(file, dir+"/") {
		return loops, err
	}
	more, err := disk.LoopsOn(file)
	return append(loops, more...), err
}

// detachAll detaches the loop devices on the disk of a machine.
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
