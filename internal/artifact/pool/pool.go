// Package pool keeps the place where disks lie: a folder whose files can share
// blocks with each other.
//
// Terms:
//
//   - pool: the folder in which disks are; its files can share blocks.
//   - outer file system: the file system that holds the data directory.
//   - volume: an XFS file system in the file pool.img, for outer file systems that
//     cannot share blocks; it is mounted while a process uses it. All of its file is
//     allocated, because a write into an unallocated part succeeds and is lost later
//     when the outer file system is full.
//   - reserve: memory of the host, or space of the pool, that is never promised to a build.
//
// Two locks: who uses the pool holds pool.lock, shared; who mounts or grows the
// volume holds the data directory, alone.
package pool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/filelock"
	"ingot/internal/wholefile"
)

// ErrFull is the answer when there is too little space for another build.
var ErrFull = errors.New("too little space is left for images")

// Kinds of pools.
const (
	KindShared = "folder that shares blocks"
	KindVolume = "XFS volume"
	KindCopies = "folder with sparse copies"
)

// Reserves.
const (
	innerReserve = 2 << 30 // within the pool, unless told otherwise
	OuterReserve = 1 << 30 // on the outer file system, in bytes
)

// Pool is an open pool.
type Pool struct {
	// Reserve is the free space within the pool that is never promised to a build, in
	// bytes; of a small pool it is a quarter.
	Reserve int64

	data string
	kind string
	lock *os.File
}

// Open opens the pool of a data directory, which must be there; it makes the pool
// when it is new, and the volume within it where one is needed.
func Open(ctx context.Context, data string) (*Pool, error) {
	data, err := filepath.Abs(data)
	if err == nil {
		data, err = filepath.EvalSymlinks(data)
	}
	if err != nil {
		return nil, err
	}
	p := &Pool{data: data, Reserve: innerReserve}
	if err := os.MkdirAll(p.Dir(), 0o700); err != nil {
		return nil, err
	}
	if p.lock, err = os.OpenFile(filepath.Join(data, "pool.lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := filelock.Shared(p.lock); err != nil {
		return nil, errors.Join(err, p.lock.Close())
	}
	if err := p.exclusively(func() error { return p.prepare(ctx) }); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the pool: %w", err), p.Close())
	}
	copyLittle(p.Dir())
	return p, nil
}

// prepare finds out what kind of pool this is and makes it ready.
func (p *Pool) prepare(ctx context.Context) error {
	_, err := os.Stat(p.image())
	switch isNew := errors.Is(err, fs.ErrNotExist); {
	case err == nil:
	case !isNew:
		return err
	case disk.CanShare(p.Dir()):
		p.kind = KindShared
		return nil
	case os.Geteuid() != 0 || !isEmpty(p.Dir()) || !haveLoops():
		p.kind = KindCopies
		return nil
	default:
		return p.begin(ctx)
	}
	p.kind = KindVolume
	return p.mount(ctx)
}

// begin makes the volume of a new pool. A kernel without XFS gets copies.
func (p *Pool) begin(ctx context.Context) error {
	if err := p.makeVolume(ctx); err != nil {
		return err
	}
	p.kind = KindVolume
	err := p.mount(ctx)
	if errors.Is(err, unix.ENODEV) {
		p.kind = KindCopies
		return os.Remove(p.image())
	}
	return err
}

// Dir is the folder of the pool.
func (p *Pool) Dir() string { return filepath.Join(p.data, "pool") }

// Kind says in words what the pool is.
func (p *Pool) Kind() string { return p.kind }

// Free is how many bytes can still be stored, with what the volume can grow by.
func (p *Pool) Free() (int64, error) {
	inner, _, err := space(p.Dir())
	if err != nil || p.kind != KindVolume {
		return inner, err
	}
	outer, _, err := space(p.data)
	return inner + max(0, outer-OuterReserve-slack), err
}

// Size is the size of the pool as it is, in bytes.
func (p *Pool) Size() (int64, error) {
	_, size, err := space(p.Dir())
	return size, err
}

// Room is how many bytes builds may still write: what is free and what the volume can
// grow by, without the reserve. It is less than nothing when that is used already.
func (p *Pool) Room() (int64, error) {
	free, err := p.Free()
	if err != nil {
		return 0, err
	}
	size, err := p.Size()
	return free - p.reserve(size), err
}

// reserve is what of a pool of a size is never promised.
func (p *Pool) reserve(size int64) int64 { return min(p.Reserve, size/4) }

// Fits refuses a disk that is larger than the pool can become: nothing could fill it.
func (p *Pool) Fits(bytes int64) error {
	_, most, err := space(p.Dir())
	if err != nil {
		return err
	}
	if p.kind == KindVolume {
		outer, _, err := space(p.data)
		if err != nil {
			return err
		}
		most += max(0, outer-OuterReserve-slack)
	}
	if most -= p.reserve(most); bytes > most {
		return fmt.Errorf("a disk of %s is larger than the file system of %s allows: the pool there can hold %s", gib(bytes), p.data, gib(most))
	}
	return nil
}

// Takes refuses a disk of so many bytes, of which data have to be stored: one that is
// larger than the outer file system, and one for which the reserve would be used.
func (p *Pool) Takes(bytes, data int64) error {
	if err := p.Fits(bytes); err != nil {
		return err
	}
	free, err := p.Free()
	if err != nil {
		return err
	}
	_, size, err := space(p.Dir())
	if err != nil {
		return err
	}
	if reserve := min(innerReserve, size/4); data > free-reserve {
		return fmt.Errorf("%w: the disk has %s of data, the pool in %s has %s free and %s must stay free; delete images and run `ingot prune`, or move the data directory to a larger disk",
			ErrFull, gib(data), p.Dir(), gib(free), gib(reserve))
	}
	return nil
}

// Admit says whether another disk may be begun. It lets the volume grow first; while
// machines run it is asked every moment, because they write when they like.
func (p *Pool) Admit() error {
	outer, _, err := space(p.data)
	if err != nil {
		return err
	}
	if outer < OuterReserve {
		return fmt.Errorf("%w: the file system of %s has %s free and %s must stay free; remove files there or images with their resources, then `ingot prune`",
			ErrFull, p.data, gib(outer), gib(OuterReserve))
	}
	if p.kind != KindVolume {
		return p.admitInner()
	}
	if err := p.allocate(); err != nil {
		return err
	}
	if err := p.growAhead(); err != nil {
		return err
	}
	return p.admitInner()
}

// growAhead lets the volume grow when its free space runs low: machines go on writing
// while it does.
func (p *Pool) growAhead() error {
	free, _, err := space(p.Dir())
	if err != nil || free >= 2*p.Reserve {
		return err
	}
	return p.exclusively(p.grow)
}

func (p *Pool) admitInner() error {
	free, size, err := space(p.Dir())
	if err != nil {
		return err
	}
	if reserve := p.reserve(size); free < reserve {
		return fmt.Errorf("%w: the pool in %s has %s free of %s and %s must stay free; delete images and run `ingot prune`, or move the data directory to a larger disk",
			ErrFull, p.Dir(), gib(free), gib(size), gib(reserve))
	}
	return nil
}

// Settle puts everything in the pool on stable storage: the files in it, then the
// file of the volume.
func (p *Pool) Settle() error {
	d, err := os.Open(p.Dir())
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("putting the pool on stable storage: %w", err)
	}
	if p.kind != KindVolume {
		return nil
	}
	return wholefile.Sync(p.image())
}

// Close lets go of the pool. The last user unmounts the volume, unless machines
// still run on it: then the next user finds it mounted.
func (p *Pool) Close() error {
	var err error
	if p.kind == KindVolume && filelock.TryExclusive(p.lock) == nil {
		err = p.unmount()
	}
	return errors.Join(err, p.lock.Close())
}

// exclusively does what only one process may do at a time.
func (p *Pool) exclusively(do func() error) error { return filelock.While(p.data, do) }

// space gives the free bytes and the size of a file system.
func space(dir string) (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("asking for the free space of %s: %w", dir, err)
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize, nil
}

func gib(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }

func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

func haveLoops() bool {
	_, err := os.Stat("/dev/loop-control")
	return err == nil
}
