// Package tree compares the files of two disks: names, kinds, contents, owners,
// modes, link targets, device numbers and extended attributes. Times are left out.
//
// What differs between two clean builds of one recipe (seeds, caches, logs) is on a
// short list of files, each with its reason; see [Volatile].
package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Tree describes each file, by its path from the root.
type Tree map[string]string

// Read walks a folder and stays on its file system.
func Read(root string) (Tree, error) {
	t := Tree{}
	var top unix.Stat_t
	if err := unix.Lstat(root, &top); err != nil {
		return nil, err
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if t["/"+name], err = describe(path, info); err != nil {
			return err
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && d.IsDir() && st.Dev != top.Dev {
			return filepath.SkipDir
		}
		return nil
	})
	return t, err
}

func describe(path string, info fs.FileInfo) (string, error) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", errors.New("this system does not tell the owner of a file")
	}
	parts := []string{info.Mode().String(), fmt.Sprintf("%d:%d", st.Uid, st.Gid)}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		sum, err := contents(path)
		if err != nil {
			return "", err
		}
		parts = append(parts, sum)
	case mode&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		parts = append(parts, "→ "+target)
	case mode&fs.ModeDevice != 0:
		parts = append(parts, fmt.Sprintf("device %d", st.Rdev))
	}
	attributes, err := xattrs(path)
	return strings.Join(append(parts, attributes...), " "), err
}

func contents(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func xattrs(path string) ([]string, error) {
	buf := make([]byte, 64<<10)
	n, err := unix.Llistxattr(path, buf)
	if errors.Is(err, unix.ENOTSUP) || n == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []string
	for name := range strings.SplitSeq(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 64<<10)
		m, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return nil, err
		}
		all = append(all, fmt.Sprintf("%s=%x", name, value[:m]))
	}
	slices.Sort(all)
	return all, nil
}

// Volatile are files that two clean builds of one recipe do not share. No package
// database, unit, user or boot entry may ever be here; [Allowed] checks that.
type Volatile map[string]string // path → reason

// Differences lists what differs between two trees, leaving out the volatile files.
func Differences(a, b Tree, leave Volatile) []string {
	var out []string
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, left := leave[name]; left {
			continue
		}
		one, inA := a[name]
		two, inB := b[name]
		switch {
		case !inB:
			out = append(out, fmt.Sprintf("%s is only in the first: %s", name, one))
		case !inA:
			out = append(out, fmt.Sprintf("%s is only in the second: %s", name, two))
		case one != two:
			out = append(out, fmt.Sprintf("%s: %s and %s", name, one, two))
		}
	}
	return out
}

// guarded are folders whose files may never be volatile.
var guarded = []string{
	"/var/lib/dpkg/status", "/var/lib/dpkg/info/", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow",
	"/etc/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/boot/", "/lib/modules/", "/usr/lib/modules/", "/etc/fstab",
}

// maxVolatile bounds the list.
const maxVolatile = 10

// Allowed returns what is wrong with a list of volatile files.
func Allowed(v Volatile) error {
	var faults []error
	if len(v) > maxVolatile {
		faults = append(faults, fmt.Errorf("%d files are called volatile, more than %d", len(v), maxVolatile))
	}
	for name, reason := range v {
		if reason == "" {
			faults = append(faults, fmt.Errorf("%s is called volatile without a reason", name))
		}
		if strings.HasSuffix(name, "/") || strings.ContainsAny(name, "*?[") {
			faults = append(faults, fmt.Errorf("%s is not one file", name))
		}
		for _, g := range guarded {
			if name == g || (strings.HasSuffix(g, "/") && strings.HasPrefix(name, g)) {
				faults = append(faults, fmt.Errorf("%s may never be called volatile", name))
			}
		}
	}
	return errors.Join(faults...)
}
