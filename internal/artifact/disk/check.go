package disk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Check looks for damage in the file systems of a disk that nothing uses. A disk that
// only needs its journal replayed passes.
func Check(ctx context.Context, path string) error {
	all, err := fileSystems(path)
	for _, p := range all {
		// -n opens read-only and answers no to everything.
		err := tool(ctx, "", "e2fsck", "-fn", fmt.Sprintf("%s?offset=%d", path, p.Start))
		if err != nil {
			return fmt.Errorf("the file system of partition %d is damaged: %w", p.Number, err)
		}
	}
	return err
}

// fileSystems returns the partitions of a disk that hold a Linux system's files.
func fileSystems(path string) ([]Partition, error) {
	l, err := Read(path)
	if err != nil {
		return nil, err
	}
	return l.fileSystems(), nil
}

// Release frees the files of a copied disk that were deleted but still open when it was
// copied, as each mount does: packages replace programs that run. [Check] would take them
// for damage.
func Release(ctx context.Context, path string) error {
	all, err := fileSystems(path)
	for _, p := range all {
		held, err := holdsDeleted(path, p.Start)
		if err != nil {
			return err
		}
		if !held {
			continue
		}
		// Without -f e2fsck checks and repairs nothing else in a file system that is not
		// marked as faulty.
		if err := e2fsck(ctx, "-p", fmt.Sprintf("%s?offset=%d", path, p.Start)); err != nil {
			return fmt.Errorf("releasing deleted files of partition %d: %w", p.Number, err)
		}
	}
	return err
}

// holdsDeleted reports whether the superblock of a file system names the first of such
// files, or tells that the orphan file names them. A file system that is marked as faulty
// is left to [Check].
func holdsDeleted(path string, start int64) (bool, error) {
	const superblock, state, readOnlyFeatures, lastOrphan = 1024, 0x3a, 0x64, 0xe8 // from linux/fs/ext4/ext4.h
	const faulty, orphansPresent = 2, 0x10000
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var b [lastOrphan + 4]byte
	if _, err := f.ReadAt(b[:], start+superblock); err != nil {
		return false, err
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	held := word(lastOrphan) != 0 || word(readOnlyFeatures)&orphansPresent != 0
	return held && word(state)&faulty == 0, nil
}

// repair replays the journal and repairs what can be repaired without asking.
func repair(ctx context.Context, device string) error { return e2fsck(ctx, "-fp", device) }

// e2fsck runs the tool in a mode that repairs. It returns nil if errors were corrected.
func e2fsck(ctx context.Context, how, device string) error {
	err := tool(ctx, "", "e2fsck", how, device)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}
