package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"ingot/internal/wholefile"
)

// BlockSize is the size of a block in bytes, as in the EBS direct APIs.
const BlockSize = 512 << 10

// Sum is the SHA-256 of a block; the last block of a disk may be shorter.
type Sum = [sha256.Size]byte

// Blocks are the digests of a disk.
type Blocks struct {
	Size   int64
	Sums   []Sum
	Digest string // "sha256:" and 64 hex digits: of Size and Sums
	// File is the disk's file, from which a clone can take over the digests of blocks
	// that it shares. It may be empty.
	File string
}

var zeroSum = sha256.Sum256(make([]byte, BlockSize))

// Digest returns the digests of a disk that nothing writes to. Blocks that it shares with
// the disk of parent, which may be nil, are not read.
func Digest(ctx context.Context, path string, parent *Blocks) (Blocks, error) {
	f, err := openFile(path)
	if err != nil {
		return Blocks{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Blocks{}, err
	}
	if err := sizeFits(info.Size()); err != nil {
		return Blocks{}, fmt.Errorf("%s: %w", path, err)
	}
	b := Blocks{Size: info.Size(), Sums: make([]Sum, (info.Size()+BlockSize-1)/BlockSize), File: path}
	todo, err := b.takeOver(f, parent)
	if err != nil {
		return Blocks{}, err
	}
	if err := b.hash(ctx, f, todo); err != nil {
		return Blocks{}, err
	}
	b.Digest = b.digest()
	return b, nil
}

// takeOver fills in the digests that are known without reading, those of holes and of
// blocks shared with the parent, and returns the indexes of the other blocks.
func (b *Blocks) takeOver(f *os.File, parent *Blocks) (todo []int, err error) {
	own, err := extentsOf(f)
	if errors.Is(err, errors.ErrUnsupported) {
		for i := range b.Sums {
			todo = append(todo, i)
		}
		return todo, nil
	}
	if err != nil {
		return nil, err
	}
	var theirs extents
	if parent != nil && parent.File != "" {
		if p, err := os.Open(parent.File); err == nil {
			if sameDevice(f, p) {
				theirs, _ = extentsOf(p) // without them every block is read
			}
			p.Close()
		}
	}
	for i := range b.Sums {
		start, length := int64(i)*BlockSize, b.blockLength(i)
		here := own.within(start, length)
		switch {
		case len(here) == 0 && length == BlockSize:
			b.Sums[i] = zeroSum
		case parent != nil && parent.blockLength(i) == length && here.same(theirs.within(start, length)):
			b.Sums[i] = parent.Sums[i]
		default:
			todo = append(todo, i)
		}
	}
	return todo, nil
}

// blockLength returns the length of a block; behind the end of the disk it is not
// positive.
func (b *Blocks) blockLength(i int) int64 { return min(BlockSize, b.Size-int64(i)*BlockSize) }

// sameDevice reports whether two files are on one device, so that their extents can be
// compared.
func sameDevice(a, b *os.File) bool {
	var x, y unix.Stat_t
	return unix.Fstat(int(a.Fd()), &x) == nil && unix.Fstat(int(b.Fd()), &y) == nil && x.Dev == y.Dev
}

// hash reads and hashes the blocks in todo, on all processors.
func (b *Blocks) hash(ctx context.Context, f *os.File, todo []int) error {
	g, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			buf := make([]byte, BlockSize)
			for k := w; k < len(todo); k += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				i := todo[k]
				n, err := f.ReadAt(buf, int64(i)*BlockSize)
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				b.Sums[i] = sha256.Sum256(buf[:n])
			}
			return nil
		})
	}
	return g.Wait()
}

func (b *Blocks) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "ingot disk %d\n", b.Size)
	for i := range b.Sums {
		h.Write(b.Sums[i][:])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// maxSize is the largest disk: 64 TiB, as in EBS.
const maxSize = 64 << 40

func sizeFits(size int64) error {
	if size > maxSize {
		return fmt.Errorf("a disk of %d bytes is larger than any that is supported (%d TiB)", size, maxSize>>40)
	}
	return nil
}

// blocksMagic begins a file of digests: then the size and the sums.
const blocksMagic = "ingot blocks 1\n"

// Save writes the digests to a file, whole or not at all.
func (b *Blocks) Save(path string) error {
	return wholefile.Write(path, b.text())
}

func (b *Blocks) text() []byte {
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "%s%d\n", blocksMagic, b.Size)
	for i := range b.Sums {
		buf.Write(b.Sums[i][:])
	}
	return buf.Bytes()
}

// LoadBlocks reads what Save wrote.
func LoadBlocks(path string) (*Blocks, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b, err := parseBlocks(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

func parseBlocks(text []byte) (*Blocks, error) {
	rest, ok := bytes.CutPrefix(text, []byte(blocksMagic))
	number, sums, cut := bytes.Cut(rest, []byte("\n"))
	size, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || !ok || !cut || size < 0 || string(number) != strconv.FormatInt(size, 10) ||
		size > maxSize || int64(len(sums)) != (size+BlockSize-1)/BlockSize*sha256.Size {
		return nil, errors.New("this is not a whole file of block digests")
	}
	b := &Blocks{Size: size}
	for ; len(sums) > 0; sums = sums[sha256.Size:] {
		b.Sums = append(b.Sums, Sum(sums[:sha256.Size]))
	}
	b.Digest = b.digest()
	return b, nil
}

// Verify reads a whole disk and compares its digest with want.
func Verify(ctx context.Context, path string, want *Blocks) error {
	got, err := Digest(ctx, path, nil)
	if err != nil {
		return err
	}
	if got.Digest != want.Digest {
		return fmt.Errorf("%s has the digest %s and not %s", path, got.Digest, want.Digest)
	}
	return nil
}
