package disk

import (
	"context"
	"fmt"
	"os"
)

// Grow enlarges a disk that nothing uses: the file, the partition table, the root
// partition, which must be the last, and its file system.
func Grow(ctx context.Context, path string, size int64) error {
	l, err := Read(path)
	if err != nil {
		return err
	}
	if size < l.Size {
		return fmt.Errorf("the volume of %d GiB is smaller than the snapshot; expect at least %d GiB", size>>30, (l.Size+1<<30-1)>>30)
	}
	for _, p := range l.Partitions {
		if p.Start > l.Root.Start {
			return fmt.Errorf("the root partition is not the last of the disk, so it cannot grow: partition %d is behind it", p.Number)
		}
	}
	if err := os.Truncate(path, size); err != nil {
		return err
	}
	if err := growPartition(ctx, path, l); err != nil {
		return err
	}
	return resize(ctx, path)
}

func growPartition(ctx context.Context, path string, l Layout) error {
	if l.Root.Number == wholeDiskRoot {
		return nil
	}
	if err := tool(ctx, "", "sfdisk", "--quiet", "--relocate", "gpt-bak-std", path); err != nil {
		return err
	}
	return tool(ctx, ", +\n", "sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "-N", fmt.Sprint(l.Root.Number), path)
}

// resize enlarges the root's file system to its partition.
func resize(ctx context.Context, path string) error {
	l, err := Read(path)
	if err != nil {
		return err
	}
	loop, err := attachLoop(path, l.Root)
	if err != nil {
		return err
	}
	if err = repair(ctx, loop.Path); err == nil {
		err = tool(ctx, "", "resize2fs", loop.Path)
	}
	if derr := loop.Detach(); err == nil {
		err = derr
	}
	return err
}
