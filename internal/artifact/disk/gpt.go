package disk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// Bounds of a partition table. UEFI 2.10, 5.3.2, asks for room for at least 128 entries of 128 bytes.
const (
	gptHeader   = 92
	gptRevision = 1 << 16 // 1.0
	maxEntries  = 256
	entryLength = 128
	maxEntry    = 4096
)

// errDamagedTable is the error of a table that contradicts itself.
var errDamagedTable = errors.New("the partition table is damaged: repair it with sgdisk or sfdisk")

// errCutTable is the error of a table that reaches past the end of the file.
var errCutTable = errors.New("the partition table is cut off: the file is not whole")

// gpt is the header of a partition table; first, last and entries are sectors.
type gpt struct {
	first, last uint64 // that partitions may use
	entries     uint64 // where the table lies
	count       int64
	length      int64 // of an entry, bytes
	sum         uint32
}

// readGPT reads the primary partition table. The partitions that it returns are within
// the disk and overlap neither the table nor each other.
func readGPT(r io.ReaderAt, size int64) ([]Partition, error) {
	h := make([]byte, Sector)
	if !hasGPT(r) {
		return nil, noGPT(r)
	}
	if _, err := r.ReadAt(h, Sector); err != nil {
		return nil, errCutTable
	}
	sectors := uint64(size / Sector)
	g, err := parseHeader(h, sectors)
	if err != nil {
		return nil, err
	}
	table := make([]byte, g.count*g.length)
	if _, err := r.ReadAt(table, int64(g.entries)*Sector); err != nil {
		return nil, errCutTable
	}
	if crc32.ChecksumIEEE(table) != g.sum {
		return nil, errDamagedTable
	}
	return g.partitions(table, sectors)
}

// hasGPT reports whether there is the mark of a partition table.
func hasGPT(r io.ReaderAt) bool {
	const mark = "EFI PART"
	b := make([]byte, len(mark))
	n, _ := r.ReadAt(b, Sector)
	return n == len(b) && string(b) == mark
}

// parseHeader reads a header and checks it against itself and the size of the disk.
func parseHeader(h []byte, sectors uint64) (gpt, error) {
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(h[at:]) }
	half := func(at int) uint32 { return binary.LittleEndian.Uint32(h[at:]) }
	g := gpt{first: word(40), last: word(48), entries: word(72), count: int64(half(80)), length: int64(half(84)), sum: half(88)}
	const self = 1 // the header's own sector
	if !headerWhole(h) || half(8) != gptRevision || word(24) != self || g.count > maxEntries ||
		g.length < entryLength || g.length > maxEntry || g.length&(g.length-1) != 0 {
		return g, errDamagedTable
	}
	if g.entries >= sectors || g.last >= sectors {
		return g, errCutTable
	}
	end := g.entries + uint64(g.count*g.length+Sector-1)/Sector
	if g.entries <= self || g.first <= self || g.first > g.last || g.entries <= g.last && end > g.first {
		return g, errDamagedTable
	}
	return g, nil
}

// partitions returns the entries that are in use.
func (g gpt) partitions(table []byte, sectors uint64) ([]Partition, error) {
	var parts []Partition
	for i := range g.count {
		e := table[i*g.length:]
		if bytes.Equal(e[:16], make([]byte, 16)) {
			continue
		}
		number := int(i) + 1
		first, last := binary.LittleEndian.Uint64(e[32:]), binary.LittleEndian.Uint64(e[40:])
		if last >= sectors {
			return nil, fmt.Errorf("partition %d reaches past the end of the disk: the file is not whole", number)
		}
		if first < g.first || last > g.last || last < first {
			return nil, fmt.Errorf("partition %d does not lie where the partition table says that partitions are: repair it with sgdisk or sfdisk", number)
		}
		parts = append(parts, Partition{
			Number: number, Type: guid(e), UUID: guid(e[16:]), Name: utf16Name(e[56:128]),
			Start: int64(first) * Sector, Size: int64(last-first+1) * Sector,
		})
	}
	return parts, apart(parts)
}

// apart returns an error if partitions share sectors.
func apart(parts []Partition) error {
	byPlace := slices.SortedFunc(slices.Values(parts), func(a, b Partition) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(byPlace); i++ {
		if a, b := byPlace[i-1], byPlace[i]; a.Start+a.Size > b.Start {
			return fmt.Errorf("partitions %d and %d overlap, so that writing to one damages the other: write the partition table anew with sgdisk or sfdisk",
				min(a.Number, b.Number), max(a.Number, b.Number))
		}
	}
	return nil
}

// headerWhole compares the header with its checksum, which is computed with zeros in
// place of itself.
func headerWhole(h []byte) bool {
	if binary.LittleEndian.Uint32(h[12:]) != gptHeader {
		return false
	}
	plain := bytes.Clone(h[:gptHeader])
	clear(plain[16:20])
	return crc32.ChecksumIEEE(plain) == binary.LittleEndian.Uint32(h[16:])
}

// noGPT returns an error that says what is there instead of a usable partition table.
func noGPT(r io.ReaderAt) error {
	b := make([]byte, Sector)
	if _, err := r.ReadAt(b, 0); err == nil && b[510] == 0x55 && b[511] == 0xaa {
		for entry := 446; entry < 510; entry += 16 {
			if kind := b[entry+4]; kind == 0xee {
				return errDamagedTable
			} else if kind != 0 {
				return errors.New("the disk has an msdos partition table, which is not supported yet: convert it with sgdisk --mbrtogpt")
			}
		}
	}
	return errors.New("this is not a disk image: there is neither a GPT nor an ext4 file system in it")
}

// guid returns the text of a GUID in the mixed-endian form of GPT.
func guid(b []byte) string {
	return fmt.Sprintf("%08X-%04X-%04X-%X-%X", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
		binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:16])
}

func utf16Name(b []byte) string {
	var s strings.Builder
	for i := 0; i+1 < len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		s.WriteRune(rune(c))
	}
	return s.String()
}
