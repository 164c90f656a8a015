package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Nodes are the device nodes that were found on a disk.
type Nodes struct {
	Found int
	Left  int      // how many of them could not be removed
	Named []string // the first of them, as paths
	// Unseen reports that there are more folders than RemoveNodes looks through.
	Unseen bool
}

// mostNamed bounds the names of nodes, and mostFolders the names of pending folders: a
// guest may make as many as fit.
const mostNamed = 20

var mostFolders = 1 << 20 // smaller in a test

// RemoveNodes removes the device nodes outside /dev from a disk that nothing uses: a
// virtual machine can make any, and where the image is mounted they would open the host's
// devices. A disk without them is not changed.
//
// Harmless nodes stay: the whiteouts by which container engines mark what was deleted,
// and null and its like, which programs keep in the folders that they are confined to.
func RemoveNodes(ctx context.Context, file string) (Nodes, error) {
	all, err := fileSystems(file)
	if err != nil {
		return Nodes{}, err
	}
	var n Nodes
	for i, p := range all { // the root, and /boot
		err := n.sweep(ctx, file, p, []string{"", "/boot"}[i])
		if err == nil {
			continue
		}
		if damage := Check(ctx, file); damage != nil { // tells more than err
			return n, damage
		}
		return n, fmt.Errorf("looking for device nodes on partition %d: %w", p.Number, err)
	}
	return n, nil
}

// sweep looks through a file system that is mounted read-only. If it finds nodes, it does
// so again, mounted for writing, and removes them.
func (n *Nodes) sweep(ctx context.Context, file string, p Partition, place string) error {
	w := walk{ctx: ctx, nodes: &Nodes{}, place: place}
	err := look(file, p, true, w.through)
	if err == nil && w.nodes.Found > 0 {
		w.nodes, w.remove = &Nodes{}, true
		err = look(file, p, false, w.through)
	}
	n.Found += w.nodes.Found
	n.Left += w.nodes.Left
	n.Named = append(n.Named, w.nodes.Named[:min(len(w.nodes.Named), mostNamed-len(n.Named))]...)
	n.Unseen = n.Unseen || w.nodes.Unseen
	return err
}

// look mounts a partition under no path, calls do with its root, and unmounts it. No
// other process can keep the mount in use, and it ends with this process.
func look(file string, p Partition, readOnly bool, do func(root int) error) error {
	loop, err := attachLoop(file, p)
	if err != nil {
		return err
	}
	root, err := mountApart(loop.Path, readOnly)
	if err != nil {
		return errors.Join(fmt.Errorf("mounting partition %d of %s: %w", p.Number, file, err), loop.Detach())
	}
	err = do(root)
	return errors.Join(err, unix.Close(root), loop.Detach())
}

// mountApart mounts the ext4 file system of a device with the flags of [MountFiles],
// under no path, and returns a descriptor of its root. Closing the descriptor unmounts
// it.
func mountApart(device string, readOnly bool) (root int, err error) {
	fsfd, err := unix.Fsopen("ext4", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fsfd)
	attributes := unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_NOATIME
	err = errors.Join(unix.FsconfigSetString(fsfd, "source", device), unix.FsconfigSetString(fsfd, "errors", "remount-ro"))
	if readOnly && err == nil {
		attributes |= unix.MOUNT_ATTR_RDONLY
		err = unix.FsconfigSetFlag(fsfd, "ro")
	}
	if err == nil {
		err = unix.FsconfigCreate(fsfd)
	}
	if err != nil {
		return -1, err
	}
	return unix.Fsmount(fsfd, unix.FSMOUNT_CLOEXEC, attributes)
}

// walk goes through all folders of a file system. It has one of them open at a time and
// uses no paths, so a guest's depth, names and links cannot mislead it.
type walk struct {
	ctx    context.Context
	nodes  *Nodes
	remove bool
	place  string // mount point of the file system in the guest; /dev of the root is skipped

	at      *os.File
	path    []string   // the names of the folders down to at
	pending [][]string // folders to be looked through, for each folder of the path
	waiting int        // number of names in pending
}

func (w *walk) through(root int) (err error) {
	w.path, w.pending, w.waiting = nil, nil, 0
	if w.at, err = openFolder(root, "."); err != nil {
		return err
	}
	defer func() { w.at.Close() }()
	if err := w.folder(); err != nil {
		return err
	}
	for {
		if w.ctx.Err() != nil {
			return context.Cause(w.ctx)
		}
		depth := len(w.pending) - 1
		next := w.pending[depth]
		switch {
		case len(next) > 0:
			name := next[len(next)-1]
			w.pending[depth] = next[:len(next)-1]
			w.waiting--
			w.path = append(w.path, name)
			if err = w.enter(name); err == nil {
				err = w.folder()
			}
		case depth == 0:
			return nil
		default:
			w.pending, w.path = w.pending[:depth], w.path[:depth-1]
			err = w.enter("..")
		}
		if err != nil {
			return err
		}
	}
}

func (w *walk) enter(name string) error {
	next, err := openFolder(int(w.at.Fd()), name)
	if err != nil {
		return fmt.Errorf("opening %q: %w", w.name(name), err)
	}
	w.at.Close()
	w.at = next
	return nil
}

// openFolder opens a folder in another and follows no link. Its name in /proc/self/fd
// works at any depth.
func openFolder(in int, name string) (*os.File, error) {
	fd, err := unix.Openat(in, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), fmt.Sprintf("/proc/self/fd/%d", fd)), nil
}

// folder reads the open folder: it queues the folders in it and calls node for the device
// nodes.
func (w *walk) folder() error {
	const some = 1024
	var folders, nodes []string
	for {
		entries, err := w.at.ReadDir(some)
		for _, e := range entries {
			switch {
			case e.IsDir() && len(w.path)+w.waiting+len(folders) < mostFolders:
				folders = append(folders, e.Name())
			case e.IsDir():
				w.nodes.Unseen = true
			case e.Type()&fs.ModeDevice != 0:
				nodes = append(nodes, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading %q: %w", w.name(""), err)
		}
	}
	for _, n := range nodes {
		if err := w.node(n); err != nil {
			return err
		}
	}
	if len(w.path) == 0 && w.place == "" {
		folders = slices.DeleteFunc(folders, func(name string) bool { return name == "dev" })
	}
	w.pending = append(w.pending, folders)
	w.waiting += len(folders)
	return nil
}

// node counts a device node, and removes it if w.remove is set.
func (w *walk) node(name string) error {
	var s unix.Stat_t
	in := int(w.at.Fd())
	if err := unix.Fstatat(in, name, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("looking at %q: %w", w.name(name), err)
	}
	if isHarmless(s.Mode, s.Rdev) {
		return nil
	}
	w.nodes.Found++
	if len(w.nodes.Named) < mostNamed {
		w.nodes.Named = append(w.nodes.Named, w.name(name))
	}
	if w.remove && unix.Unlinkat(in, name, 0) != nil { // it may be immutable, or its folder
		w.nodes.Left++
	}
	return nil
}

// harmless are character devices that give no access to a host: whiteouts, and null,
// zero, full, random, urandom, tty and ptmx, which are in every container.
var harmless = []uint64{
	unix.Mkdev(0, 0), unix.Mkdev(1, 3), unix.Mkdev(1, 5), unix.Mkdev(1, 7), unix.Mkdev(1, 8), unix.Mkdev(1, 9),
	unix.Mkdev(5, 0), unix.Mkdev(5, 2),
}

func isHarmless(mode uint32, number uint64) bool {
	return mode&unix.S_IFMT == unix.S_IFCHR && slices.Contains(harmless, number)
}

// mostPath bounds a path in a message.
const mostPath = 200

// name returns the path of an entry of the open folder, for messages.
func (w *walk) name(last string) string {
	full := w.place + "/" + path.Join(strings.Join(w.path[max(0, len(w.path)-mostPath):], "/"), last)
	if len(full) > mostPath {
		return "…" + full[len(full)-mostPath:]
	}
	return full
}
