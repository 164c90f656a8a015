package disk_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"ingot/internal/artifact/disk"
)

// FuzzLayout reads arbitrary partition tables. Their checksums are corrected, so that the
// values themselves are checked; every sector seems to begin an ext4 file system of 64
// KiB. Accepted partitions must be within the disk and must not overlap.
func FuzzLayout(f *testing.F) {
	f.Add(makeEntry(disk.TypeLinux, 34, 200), uint64(2), uint32(1), uint32(128), uint64(34), uint64(500))
	f.Add(append(makeEntry(disk.TypeESP, 34, 34), makeEntry(disk.TypeRootX86, 35, 200)...), uint64(2), uint32(2), uint32(128), uint64(34), uint64(500))
	f.Add(append(makeEntry(disk.TypeExtBoot, 34, 300), makeEntry(disk.TypeRootX86, 200, 500)...), uint64(2), uint32(2), uint32(128), uint64(34), uint64(500))
	f.Add(makeEntry(disk.TypeRootX86, 34, 34), uint64(2), uint32(1), uint32(128), uint64(34), uint64(34))
	f.Add(makeEntry(disk.TypeRootARM, 100, 34), uint64(1<<55), uint32(300), uint32(1), uint64(0), uint64(1<<63))
	f.Fuzz(func(t *testing.T, entries []byte, place uint64, count, length uint32, first, last uint64) {
		const size = 256 << 10
		content := bytes.Repeat(extSector(), size/disk.Sector)
		clear(content[:2*disk.Sector])
		copy(content[2*disk.Sector:size/2], entries)
		putHeader(content, place, count, length, first, last)
		l, err := disk.ReadLayout(bytes.NewReader(content), size)
		if err != nil {
			return
		}
		if l.Root.Size < 64<<10 {
			t.Errorf("a root of %d bytes", l.Root.Size)
		}
		for i, p := range append(l.Partitions, l.Root) {
			if p.Start < disk.Sector || p.Size <= 0 || p.Start+p.Size > size {
				t.Errorf("partition outside of the disk: %+v", p)
			}
			for _, q := range l.Partitions[:min(i, len(l.Partitions))] {
				if q.Number != p.Number && p.Start < q.Start+q.Size && q.Start < p.Start+p.Size {
					t.Errorf("partitions overlap: %+v, %+v", p, q)
				}
			}
		}
	})
}

// extSector returns a sector that is part of a superblock of a file system of 64 KiB,
// whichever sector that begins in.
func extSector() []byte {
	b := make([]byte, disk.Sector)
	b[4], b[56], b[57] = 64, 0x53, 0xef
	return b
}

// FuzzRawLayout reads files that need not have a table at all.
func FuzzRawLayout(f *testing.F) {
	f.Add([]byte("neither"))
	f.Add(append(make([]byte, disk.Sector), "EFI PART"...))
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := disk.ReadLayout(bytes.NewReader(content), int64(len(content)))
		if err == nil && (l.Root.Start < 0 || l.Root.Start+l.Root.Size > int64(len(content))) {
			t.Errorf("root outside of the disk: %+v", l.Root)
		}
	})
}

// makeEntry makes an entry of a partition table.
func makeEntry(kind string, first, last uint64) []byte {
	e := make([]byte, 128)
	copy(e, guid(kind))
	e[16] = 1
	binary.LittleEndian.PutUint64(e[32:], first)
	binary.LittleEndian.PutUint64(e[40:], last)
	return e
}

// guid returns the mixed-endian form of a type.
func guid(s string) []byte {
	var b []byte
	for _, c := range bytes.Split([]byte(s), []byte("-")) {
		for i := 0; i < len(c); i += 2 {
			b = append(b, nibble(c[i])<<4|nibble(c[i+1]))
		}
	}
	for _, part := range [][]byte{b[0:4], b[4:6], b[6:8]} {
		for i, j := 0, len(part)-1; i < j; i, j = i+1, j-1 {
			part[i], part[j] = part[j], part[i]
		}
	}
	return b
}

func nibble(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}

// putHeader writes the header of a table with the right checksums, if the table is within
// the content.
func putHeader(content []byte, place uint64, count, length uint32, first, last uint64) {
	h := content[disk.Sector : disk.Sector+92]
	clear(h)
	copy(h, "EFI PART")
	binary.LittleEndian.PutUint32(h[8:], 1<<16)
	binary.LittleEndian.PutUint32(h[12:], 92)
	binary.LittleEndian.PutUint64(h[24:], 1)
	binary.LittleEndian.PutUint64(h[40:], first)
	binary.LittleEndian.PutUint64(h[48:], last)
	binary.LittleEndian.PutUint64(h[72:], place)
	binary.LittleEndian.PutUint32(h[80:], count)
	binary.LittleEndian.PutUint32(h[84:], length)
	if start, size := place*disk.Sector, uint64(count)*uint64(length); start < uint64(len(content)) && start+size <= uint64(len(content)) {
		binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(content[start:start+size]))
	}
	binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(h))
}

// FuzzBlocks checks that a file of digests that is accepted is written back the same.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("ingot blocks 1\n0\n"))
	f.Add(append([]byte("ingot blocks 1\n1\n"), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := disk.ParseBlocks(text)
		if err == nil && !bytes.Equal(b.Text(), text) {
			t.Errorf("%q was accepted and is written back as %q", text, b.Text())
		}
	})
}
