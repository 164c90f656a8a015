package disk_test

import (
	"bytes"
	"testing"

	"ingot/internal/artifact/disk"
)

// FuzzLayout reads tables of whoever made the file. What is taken must lie within
// the disk.
func FuzzLayout(f *testing.F) {
	for _, path := range []string{makeDisk(f, part{disk.TypeESP, 1, ""}, part{linux, 2, ""}), makeDisk(f)} {
		f.Add(readFile(f, path)[:40*disk.Sector])
	}
	f.Add([]byte("neither"))
	f.Fuzz(func(t *testing.T, start []byte) {
		// Every partition of the long one seems to hold ext4.
		long := bytes.Repeat([]byte{0x53, 0xef}, mib/2)
		copy(long, start)
		for name, content := range map[string][]byte{"long": long, "alone": start} {
			l, err := disk.ReadLayout(bytes.NewReader(content), int64(len(content)))
			if err != nil {
				continue
			}
			for _, p := range append(l.Partitions, l.Root) {
				if p.Start < 0 || p.Size <= 0 || p.Start+p.Size > int64(len(content)) || p.Start+p.Size < p.Start {
					t.Errorf("%s: partition outside of the disk: %+v", name, p)
				}
			}
		}
	})
}

// FuzzBlocks reads files of digests: what is taken is written back the same.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("ingot blocks 1\n0\n"))
	f.Add(append([]byte("ingot blocks 1\n1\n"), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := disk.ParseBlocks(text)
		if err == nil && !bytes.Equal(b.Text(), text) {
			t.Errorf("%q was taken and is written back as %q", text, b.Text())
		}
	})
}
