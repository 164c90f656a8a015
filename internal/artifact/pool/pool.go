// Package pool keeps the folder in which disks are.
//
// Terms:
//
//   - pool: the folder in which disks are; its files can share blocks.
//   - outer file system: the file system that holds the data directory.
//   - pool file system: an XFS file system in the file pool.img, for outer file systems
//     that cannot share blocks; it is mounted while a process uses it. All of its file is
//     allocated, because a write into an unallocated part succeeds and is lost later when
//     the outer file system is full.
//   - reserve: memory of the host, or space of the pool, that is never promised to a build.
//
// There are two locks. A process that uses the pool holds a shared lock on pool.lock; one
// that mounts or grows the pool file system holds an exclusive lock on the data
// directory.
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

// ErrFull is returned when there is too little space for another build.
var ErrFull = errors.New("too little space is left for images")

// Kinds of pools.
const (
	KindShared = "folder that shares blocks"
	KindXFS    = "XFS file system in a file"
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

// Open opens the pool of a data directory, which must exist. It makes the pool if there
// is none, and a pool file system if one is needed.
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

// prepare determines the kind of the pool and makes it ready for use.
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
	p.kind = KindXFS
	return p.mount(ctx)
}

// begin makes the pool file system of a new pool. If the kernel has no XFS, the pool has
// copies.
func (p *Pool) begin(ctx context.Context) error {
	if err := p.makeFileSystem(ctx); err != nil {
		return err
	}
	p.kind = KindXFS
	err := p.mount(ctx)
	if errors.Is(err, unix.ENODEV) {
		p.kind = KindCopies
		return os.Remove(p.image())
	}
	return err
}

// Dir returns the folder of the pool.
func (p *Pool) Dir() string { return filepath.Join(p.data, "pool") }

// Kind returns one of the kinds of pools.
func (p *Pool) Kind() string { return p.kind }

// Free returns how many bytes can still be stored, with what the pool file system can
// grow by.
func (p *Pool) Free() (int64, error) {
	inner, _, err := space(p.Dir())
	if err != nil || p.kind != KindXFS {
		return inner, err
	}
	outer, _, err := space(p.data)
	return inner + max(0, outer-OuterReserve-slack), err
}

// Size returns the present size of the pool, in bytes.
func (p *Pool) Size() (int64, error) {
	_, size, err := space(p.Dir())
	return size, err
}

// Room returns how many bytes builds may still write: Free without the reserve. It is
// negative if the reserve is in use already.
func (p *Pool) Room() (int64, error) {
	free, err := p.Free()
	if err != nil {
		return 0, err
	}
	size, err := p.Size()
	return free - p.reserve(size), err
}

// reserve returns the reserve of a pool of the given size.
func (p *Pool) reserve(size int64) int64 { return min(p.Reserve, size/4) }

// Fits refuses a disk that is larger than the pool can become, because it could never be
// filled.
func (p *Pool) Fits(bytes int64) error {
	_, most, err := space(p.Dir())
	if err != nil {
		return err
	}
	if p.kind == KindXFS {
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

// Takes refuses a disk of so many bytes, data of which have to be stored, if it is larger
// than the pool can become or would use the reserve.
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

// CheckSpace returns ErrFull if there is too little space for another disk. It first
// enlarges the pool file system if its space runs low. While machines run it is called
// all the time, because they may write at any moment.
func (p *Pool) CheckSpace() error {
	outer, _, err := space(p.data)
	if err != nil {
		return err
	}
	if outer < OuterReserve {
		return fmt.Errorf("%w: the file system of %s has %s free and %s must stay free; remove files there or images with their resources, then `ingot prune`",
			ErrFull, p.data, gib(outer), gib(OuterReserve))
	}
	if p.kind != KindXFS {
		return p.checkInner()
	}
	if err := p.allocate(); err != nil {
		return err
	}
	if err := p.growAhead(); err != nil {
		return err
	}
	return p.checkInner()
}

// growAhead enlarges the pool file system when its free space runs low: machines go on
// writing meanwhile.
func (p *Pool) growAhead() error {
	free, _, err := space(p.Dir())
	if err != nil || free >= 2*p.Reserve {
		return err
	}
	return p.exclusively(p.grow)
}

func (p *Pool) checkInner() error {
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

// Sync puts everything in the pool on stable storage: the files in it, then the file of
// the pool file system.
func (p *Pool) Sync() error {
	d, err := os.Open(p.Dir())
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("putting the pool on stable storage: %w", err)
	}
	if p.kind != KindXFS {
		return nil
	}
	return wholefile.Sync(p.image())
}

// Close closes the pool. The last user unmounts the pool file system, unless machines
// still run on it: then the next user finds it mounted.
func (p *Pool) Close() error {
	var err error
	if p.kind == KindXFS && filelock.TryExclusive(p.lock) == nil {
		err = p.unmount()
	}
	return errors.Join(err, p.lock.Close())
}

// exclusively calls do while no other process does so on this data directory.
func (p *Pool) exclusively(do func() error) error { return filelock.While(p.data, do) }

// space returns the free bytes and the size of a file system.
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
