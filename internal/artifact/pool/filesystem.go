package pool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/wholefile"
)

// Sizes of the pool file system.
const (
	startSize = 12 << 30
	leastSize = 2 << 30
	growStep  = 4 << 30 // or a third of the file system, if that is more
	leastStep = 64 << 20
	slack     = 64 << 20 // left beside the outer reserve for the block list of pool.img and our database
)

func (p *Pool) image() string { return filepath.Join(p.data, "pool.img") }

// makeFileSystem makes the file of the pool file system, which appears whole or not at
// all.
func (p *Pool) makeFileSystem(ctx context.Context) error {
	free, _, err := space(p.data)
	if err != nil {
		return err
	}
	size := min(startSize, (free-OuterReserve-slack)&^(1<<20-1))
	if size < leastSize {
		return fmt.Errorf("%w: the file system of %s has %s free, and %s are needed; choose another data directory with --data",
			ErrFull, p.data, gib(free), gib(leastSize+OuterReserve+slack))
	}
	if err := p.removeHalf(); err != nil {
		return err
	}
	part, err := wholefile.Create(p.image())
	if err != nil {
		return err
	}
	if err = allocate(part.Name(), size); err == nil {
		// The sector size is that of the loop device. Discarding would undo the
		// allocation.
		err = tool(ctx, "mkfs.xfs", "-q", "-K", "-f", "-s", "size=4096", "-m", "reflink=1", part.Name())
	}
	if err != nil {
		return errors.Join(err, part.Discard())
	}
	return part.CommitNew()
}

// removeHalf removes the unfinished files of killed processes, which take all of their
// space.
func (p *Pool) removeHalf() error {
	halves, err := filepath.Glob(p.image() + wholefile.Pattern)
	for _, half := range halves {
		err = errors.Join(err, os.Remove(half))
	}
	return err
}

// allocate sets the size of a file and allocates all of its blocks. After an error the
// file has the size that it had.
func allocate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		return errors.Join(fmt.Errorf("reserving %s for %s: %w", gib(size), path, err), f.Truncate(info.Size()))
	}
	return f.Sync()
}

// allocate fills holes of pool.img, which a copy of the data directory may have.
func (p *Pool) allocate() error {
	var s unix.Stat_t
	if err := unix.Stat(p.image(), &s); err != nil || s.Blocks*512 >= s.Size {
		return err
	}
	if err := allocate(p.image(), s.Size); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return nil
}

// mountFlags are the flags of the mount. Folders in it are mounted into sandboxes, whose
// root writes there.
const mountFlags = unix.MS_NOATIME | unix.MS_NODEV | unix.MS_NOSUID

// mount mounts the pool file system if it is not mounted. After a crash the mount or the
// loop device may still exist; then it is used, since a second device on the same file
// would destroy the file system.
func (p *Pool) mount(ctx context.Context) error {
	mounted, err := p.mounted()
	if err != nil {
		return err
	}
	if mounted { // perhaps by an earlier release, without the flags
		return unix.Mount("", p.Dir(), "", unix.MS_REMOUNT|unix.MS_BIND|mountFlags, "")
	}
	device, err := p.attach()
	if err != nil {
		return err
	}
	// No discard option: it would punch holes into the file.
	if err := unix.Mount(device, p.Dir(), "xfs", mountFlags, "nouuid"); err != nil {
		return errors.Join(fmt.Errorf("mounting %s: %w", p.image(), err), detach(device))
	}
	return p.fill(ctx, device) // a crash may have come between the steps of a growth
}

// mounted reports whether the pool is a mount point.
func (p *Pool) mounted() (bool, error) {
	var outer, inner unix.Stat_t
	err := errors.Join(unix.Stat(p.data, &outer), unix.Stat(p.Dir(), &inner))
	return outer.Dev != inner.Dev, err
}

// device returns the loop device on pool.img, or "".
func (p *Pool) device() (string, error) {
	loops, err := disk.LoopsOn(p.image())
	if err != nil || len(loops) == 0 {
		return "", err
	}
	return loops[0].Path, nil
}

func (p *Pool) attach() (string, error) {
	if device, err := p.device(); err != nil || device != "" {
		return device, err
	}
	loop, err := disk.Attach(p.image())
	if err != nil {
		return "", err
	}
	return loop.Path, nil
}

// detach detaches a loop device. If another mount namespace uses it, the kernel detaches
// it with its last user.
func detach(device string) error {
	d, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.IoctlSetInt(int(d.Fd()), unix.LOOP_CLR_FD, 0); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("detaching %s: %w", device, err)
	}
	return nil
}

func (p *Pool) unmount() error {
	if mounted, err := p.mounted(); err != nil || !mounted {
		return err
	}
	device, err := p.device()
	if err != nil {
		return err
	}
	if err := unix.Unmount(p.Dir(), 0); errors.Is(err, unix.EBUSY) {
		return nil // machines run on it
	} else if err != nil {
		return fmt.Errorf("unmounting the pool: %w", err)
	}
	if device == "" {
		return nil
	}
	return detach(device)
}

// grow enlarges the pool file system by one step, or as much as the reserve allows.
func (p *Pool) grow() error {
	device, err := p.device()
	if err != nil || device == "" {
		return err
	}
	free, _, err := space(p.data)
	if err != nil {
		return err
	}
	info, err := os.Stat(p.image())
	if err != nil {
		return err
	}
	step := min(max(growStep, info.Size()/3&^(1<<20-1)), (free-OuterReserve-slack)&^(1<<20-1))
	if step < leastStep {
		return nil
	}
	if err := allocate(p.image(), info.Size()+step); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return p.fill(context.Background(), device)
}

// fill enlarges the mounted file system to the size of its file.
func (p *Pool) fill(ctx context.Context, device string) error {
	d, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.IoctlSetInt(int(d.Fd()), unix.LOOP_SET_CAPACITY, 0); err != nil {
		return fmt.Errorf("growing %s: %w", device, err)
	}
	return tool(ctx, "xfs_growfs", "-d", p.Dir())
}

// tool runs a program of xfsprogs. An error contains the end of its output.
func tool(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is missing: install the package xfsprogs", name)
	}
	if err != nil {
		text := strings.TrimSpace(out.String())
		return fmt.Errorf("%s: %w: %s", name, err, text[max(0, len(text)-500):])
	}
	return nil
}
