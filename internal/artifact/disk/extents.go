package disk

import (
	"encoding/binary"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// extent is a piece of a file: where it is in the file and on the device, bytes.
type extent struct {
	logical, physical, length int64
	opaque                    bool // equal device addresses do not mean equal contents
}

// extents are the pieces of a file in order, without holes.
type extents []extent

const (
	fiemapRequest   = 0xC020660B // FS_IOC_FIEMAP
	fiemapSync      = 0x1
	fiemapHeader    = 32
	fiemapExtent    = 56
	fiemapBatch     = 512
	extentLast      = 0x1
	extentUnwritten = 0x800
	// Addresses that are unknown, not yet assigned, encoded, or inside metadata.
	extentOpaque = 0x2 | 0x4 | 0x8 | 0x200 | 0x400
)

// extentsOf returns where a file is on its device. What was allocated and never written
// reads as zeros and counts as a hole.
func extentsOf(f *os.File) (extents, error) {
	var all extents
	for start := int64(0); ; {
		batch, last, err := fiemap(f, start)
		if err != nil {
			return nil, err
		}
		for _, e := range batch {
			start = e.logical + e.length
			if e.physical >= 0 {
				all = append(all, e)
			}
		}
		if last || len(batch) == 0 {
			return all, nil
		}
	}
}

// fiemap reads the extents after an offset; a physical address of -1 marks one
// that was never written.
func fiemap(f *os.File, start int64) (batch extents, last bool, err error) {
	buf := make([]byte, fiemapHeader+fiemapBatch*fiemapExtent)
	binary.NativeEndian.PutUint64(buf, uint64(start))
	binary.NativeEndian.PutUint64(buf[8:], ^uint64(0)-uint64(start))
	binary.NativeEndian.PutUint32(buf[16:], fiemapSync)
	binary.NativeEndian.PutUint32(buf[24:], fiemapBatch)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), fiemapRequest, uintptr(unsafe.Pointer(&buf[0])))
	if errno == unix.EOPNOTSUPP || errno == unix.ENOTTY {
		return nil, false, errors.ErrUnsupported
	}
	if errno != 0 {
		return nil, false, errno
	}
	for i := range int(binary.NativeEndian.Uint32(buf[20:])) {
		b := buf[fiemapHeader+i*fiemapExtent:]
		flags := binary.NativeEndian.Uint32(b[40:])
		e := extent{
			logical: int64(binary.NativeEndian.Uint64(b)), physical: int64(binary.NativeEndian.Uint64(b[8:])),
			length: int64(binary.NativeEndian.Uint64(b[16:])), opaque: flags&extentOpaque != 0,
		}
		if flags&extentUnwritten != 0 {
			e.physical = -1
		}
		batch, last = append(batch, e), flags&extentLast != 0
	}
	return batch, last, nil
}

// within returns the pieces of a range, cut to it, with neighbours joined.
func (x extents) within(start, length int64) (out extents) {
	lo, hi := 0, len(x)
	for lo < hi { // the first extent that ends after start
		mid := (lo + hi) / 2
		if x[mid].logical+x[mid].length <= start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for _, e := range x[lo:] {
		from, to := max(e.logical, start), min(e.logical+e.length, start+length)
		if from >= to {
			break
		}
		piece := extent{from, e.physical + from - e.logical, to - from, e.opaque}
		if n := len(out) - 1; n >= 0 && out[n].logical+out[n].length == piece.logical &&
			out[n].physical+out[n].length == piece.physical && out[n].opaque == piece.opaque {
			out[n].length += piece.length
			continue
		}
		out = append(out, piece)
	}
	return out
}

// same reports whether two ranges are at the same place of the device, so that their
// contents are equal.
func (x extents) same(y extents) bool {
	if len(x) == 0 || len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] || x[i].opaque {
			return false
		}
	}
	return true
}
