package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// fingerprint hashes the metadata of everything below the paths, in an order that does
// not depend on the file system. A missing path counts as empty. A link is followed, and
// counts as empty if its target was hashed already. What GRUB notes at each boot does not
// count. Fingerprints are kept with nodes: a change of what is hashed must raise
// nodes.Language.
func fingerprint(paths []string) (string, error) {
	sum, seen := sha256.New(), map[string]bool{}
	for _, path := range paths {
		fmt.Fprintf(sum, "path %q\n", path)
		root, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) || (err == nil && seen[root]) {
			continue
		}
		if err != nil {
			return "", err
		}
		seen[root] = true
		if err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
			return describe(sum, at, d, err)
		}); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// grubNote is the file in which GRUB and a service of it note how a boot went.
const grubNote = "grubenv"

// describe writes one entry; of an entry that vanishes meanwhile it writes the name only.
func describe(w io.Writer, at string, d fs.DirEntry, err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if filepath.Base(at) == grubNote {
		return nil
	}
	fmt.Fprintf(w, "%q", at)
	if err != nil || d == nil {
		return nil
	}
	info, err := os.Lstat(at)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	size, changed := info.Size(), info.ModTime().UnixNano()
	if info.IsDir() {
		size = 0 // it depends on what was there before
		if _, err := os.Lstat(filepath.Join(at, grubNote)); err == nil {
			changed = 0 // the note is made anew there
		}
	}
	fmt.Fprintf(w, " %v %d %d", info.Mode(), size, changed)
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		fmt.Fprintf(w, " %d %d %d", stat.Uid, stat.Gid, stat.Rdev)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, _ := os.Readlink(at) // its size and time are in already
		fmt.Fprintf(w, " %q", target)
	}
	_, err = fmt.Fprintln(w)
	return err
}
