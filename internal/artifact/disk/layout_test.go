package disk_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

func TestLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		parts           []part
		root, boot, esp int
	}{
		"root alone":                 {[]part{{linux, 16, "ext4"}}, 1, 0, 0},
		"BIOS boot, ESP, root":       {[]part{{disk.TypeBIOSBoot, 1, ""}, {disk.TypeESP, 2, ""}, {disk.TypeRootX86, 16, "ext4"}}, 3, 0, 2},
		"ESP and separate /boot":     {[]part{{disk.TypeESP, 2, ""}, {disk.TypeExtBoot, 16, "ext4"}, {linux, 16, "ext4"}}, 3, 2, 1},
		"/boot by place":             {[]part{{disk.TypeESP, 2, ""}, {linux, 16, "ext4"}, {linux, 16, "ext4"}}, 3, 2, 1},
		"root by type, not by place": {[]part{{disk.TypeRootX86, 16, "ext4"}, {disk.TypeExtBoot, 16, "ext4"}}, 1, 2, 0},
		"root of an ARM machine":     {[]part{{disk.TypeRootARM, 16, "ext4"}}, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := disk.Read(makeDisk(t, c.parts...))
			if err != nil {
				t.Fatal(err)
			}
			if l.Root.Number != c.root || number(l.Boot) != c.boot || number(l.ESP) != c.esp || len(l.Partitions) != len(c.parts) {
				t.Errorf("root %d, boot %d, ESP %d of %d", l.Root.Number, number(l.Boot), number(l.ESP), len(l.Partitions))
			}
			if last := l.Partitions[len(c.parts)-1]; last.Start+last.Size+mib != l.Size {
				t.Errorf("the last partition ends at %d of %d", last.Start+last.Size, l.Size)
			}
		})
	}
}

func number(p *disk.Partition) int {
	if p == nil {
		return 0
	}
	return p.Number
}

func TestFileSystemWithoutPartitions(t *testing.T) {
	l, err := disk.Read(makeExt4(t, 16*mib))
	if err != nil || l.Root.Start != 0 || l.Root.Size != 16*mib || l.Root.Number != 0 {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestRefusedByName checks that the error names what is there, and the remedy.
func TestRefusedByName(t *testing.T) {
	const lvm, luks = "E6D6D379-F507-44C2-A23C-238F2A3DF928", "CA7D7CCB-63ED-4C53-861C-1742536059CC"
	for name, c := range map[string]struct {
		parts []part
		words []string
	}{
		"LVM by type":        {[]part{{lvm, 4, ""}}, []string{"partition 1", "LVM", "plain ext4"}},
		"LUKS by type":       {[]part{{luks, 4, ""}}, []string{"LUKS", "plain ext4"}},
		"LVM by content":     {[]part{{linux, 4, "lvm"}}, []string{"LVM", "ext4"}},
		"LUKS by content":    {[]part{{linux, 4, "luks"}}, []string{"LUKS", "ext4"}},
		"btrfs":              {[]part{{disk.TypeRootX86, 4, "btrfs"}}, []string{"btrfs", "ext4"}},
		"XFS":                {[]part{{linux, 4, "xfs"}}, []string{"XFS", "ext4"}},
		"XFS /boot":          {[]part{{linux, 4, "xfs"}, {linux, 16, "ext4"}}, []string{"partition 1", "XFS"}},
		"swap":               {[]part{{"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", 4, "swap"}, {linux, 16, "ext4"}}, []string{"partition 1", "swap", "swap file"}},
		"empty root":         {[]part{{linux, 4, ""}}, []string{"partition 1", "no file system"}},
		"a third partition":  {[]part{{linux, 4, ""}, {linux, 4, ""}, {linux, 16, "ext4"}}, []string{"partition 1", "move its files"}},
		"no Linux partition": {[]part{{disk.TypeESP, 4, ""}}, []string{"no root partition", "Linux type"}},
		"no partition":       {nil, []string{"no root partition"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, makeDisk(t, c.parts...), c.words...) })
	}
}

func refused(t *testing.T, path string, words ...string) {
	t.Helper()
	_, err := disk.Read(path)
	if err == nil {
		t.Fatal("the disk was accepted")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

// TestJournalOnAnotherDevice checks that a file system whose journal is on a device of
// the host is refused.
func TestJournalOnAnotherDevice(t *testing.T) {
	for name, orders := range map[string][]string{
		"by number":   {"set_super_value journal_dev 0xfe00", "set_super_value journal_inum 0"},
		"by identity": {"set_super_value journal_uuid 11111111-2222-3333-4444-555555555555"},
		"nowhere":     {"set_super_value journal_inum 0"},
		"for another": {"feature journal_dev"},
	} {
		t.Run(name, func(t *testing.T) {
			whole, boot := makeExt4(t, 16*mib), makeDisk(t, part{linux, 16, "ext4"}, part{linux, 16, "ext4"})
			for _, order := range orders {
				command(t, "", "debugfs", "-w", "-R", order, whole)
				command(t, "", "debugfs", "-w", "-R", order, fmt.Sprintf("%s?offset=%d", boot, mib))
			}
			refused(t, whole, "partition 0", "journal on another device", "tune2fs")
			refused(t, boot, "partition 1", "journal on another device", "tune2fs")
		})
	}
}

// TestMountProtection checks that a file system that makes e2fsck and the kernel wait is
// refused.
func TestMountProtection(t *testing.T) {
	whole, boot := makeExt4(t, 16*mib), makeDisk(t, part{linux, 16, "ext4"}, part{linux, 16, "ext4"})
	command(t, "", "debugfs", "-w", "-R", "feature mmp", whole)
	command(t, "", "debugfs", "-w", "-R", "feature mmp", fmt.Sprintf("%s?offset=%d", boot, mib))
	refused(t, whole, "partition 0", "multiple mount protection", "tune2fs -O ^mmp")
	refused(t, boot, "partition 1", "multiple mount protection", "tune2fs -O ^mmp")
}

func TestWholeDisksOfOtherKinds(t *testing.T) {
	for content, word := range map[string]string{"xfs": "XFS", "btrfs": "btrfs", "luks": "LUKS", "lvm": "LVM"} {
		path := filepath.Join(t.TempDir(), content)
		truncate(t, path, 4*mib)
		fill(t, path, content, 0, 4*mib)
		refused(t, path, word, "ext4")
	}
}

func TestMSDOSTable(t *testing.T) {
	for name, script := range map[string]string{"first entry": "start=2048, type=83\n", "second entry": "2 : start=2048, type=83\n"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "disk.raw")
			truncate(t, path, 16*mib)
			command(t, "label: dos\n"+script, "sfdisk", "--quiet", path)
			refused(t, path, "msdos", "sgdisk --mbrtogpt")
		})
	}
}

func TestNotADisk(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte(strings.Repeat("This is no disk.\n", 1000)), "noise": noise(7, 8192), "zeros": make([]byte, 1*mib), "short": []byte("x"),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, "not a disk image")
	}
	if _, err := disk.Read(t.TempDir() + "/none"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestDamagedTables changes one field of a good table at a time.
func TestDamagedTables(t *testing.T) {
	const header, entries = disk.Sector, 2 * disk.Sector
	for name, c := range map[string]struct {
		damage func([]byte) []byte
		word   string
	}{
		"an entry":           {func(b []byte) []byte { b[entries+40]++; return b }, "damaged"},
		"the header":         {func(b []byte) []byte { b[header+24]++; return b }, "damaged"},
		"cut off":            {func(b []byte) []byte { return b[:8*mib] }, "not whole"},
		"cut in the table":   {func(b []byte) []byte { return b[:entries+100] }, "not whole"},
		"too many entries":   {reseal(func(b []byte) { b[header+82] = 1 }), "damaged"},
		"tiny entries":       {reseal(func(b []byte) { b[header+84] = 1 }), "damaged"},
		"table past the end": {reseal(func(b []byte) { b[header+79] = 0x7f }), "not whole"},
		"negative table":     {reseal(func(b []byte) { b[header+79] = 0xff }), "not whole"},
		"other revision":     {reseal(func(b []byte) { b[header+8] = 1 }), "damaged"},
		"backup as primary":  {reseal(func(b []byte) { b[header+24] = 2 }), "damaged"},
		"odd entries":        {reseal(func(b []byte) { b[header+84] = 200 }), "damaged"},
		"usable backward":    {reseal(func(b []byte) { clear(b[header+48 : header+56]); b[header+48] = 33 }), "damaged"},
		"table on itself":    {reseal(func(b []byte) { b[header+72] = 1 }), "damaged"},
		"table as partition": {reseal(func(b []byte) { b[header+40], b[header+41] = 8, 0 }), "damaged"},
		"usable past all":    {reseal(func(b []byte) { b[header+55] = 0x7f }), "not whole"},
		"outside of usable":  {reseal(func(b []byte) { b[entries+32], b[entries+33] = 3, 0 }), "partition 1 does not lie"},
		"partition backward": {reseal(func(b []byte) { b[entries+40], b[entries+41] = 1, 0 }), "partition 1"},
		"partition past all": {reseal(func(b []byte) { b[entries+47] = 0x7f }), "partition 1"},
	} {
		t.Run(name, func(t *testing.T) {
			path := makeDisk(t, part{linux, 16, "ext4"})
			if err := os.WriteFile(path, c.damage(readFile(t, path)), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, c.word)
		})
	}
}

// reseal corrects the checksums of a changed table, so that the values themselves are
// checked.
func reseal(change func([]byte)) func([]byte) []byte {
	return func(b []byte) []byte {
		change(b)
		const header = disk.Sector
		binary.LittleEndian.PutUint32(b[header+88:], crc32.ChecksumIEEE(b[2*disk.Sector:2*disk.Sector+128*128]))
		binary.LittleEndian.PutUint32(b[header+16:], 0)
		binary.LittleEndian.PutUint32(b[header+16:], crc32.ChecksumIEEE(b[header:header+92]))
		return b
	}
}

// TestImpossiblePartitions reads tables with right checksums whose partitions overlap or
// are too small for their file systems.
func TestImpossiblePartitions(t *testing.T) {
	const entries, second = 2 * disk.Sector, 2*disk.Sector + 128
	two := []part{{disk.TypeExtBoot, 16, "ext4"}, {linux, 16, "ext4"}}
	place := func(b []byte, at int, first, last uint64) {
		binary.LittleEndian.PutUint64(b[at+32:], first)
		binary.LittleEndian.PutUint64(b[at+40:], last)
	}
	const mibSectors = mib / disk.Sector
	for name, c := range map[string]struct {
		change func(b []byte)
		words  []string
	}{
		"one in the other":                    {func(b []byte) { place(b, entries, mibSectors, 33*mibSectors-1) }, []string{"partitions 1 and 2 overlap", "sfdisk"}},
		"one shared sector":                   {func(b []byte) { place(b, entries, mibSectors, 17*mibSectors) }, []string{"partitions 1 and 2 overlap"}},
		"the same place":                      {func(b []byte) { place(b, second, mibSectors, 17*mibSectors-1) }, []string{"partitions 1 and 2 overlap"}},
		"a root of one sector":                {func(b []byte) { place(b, second, 17*mibSectors, 17*mibSectors) }, []string{"partition 2 has 512 bytes", "too little"}},
		"a /boot of one sector":               {func(b []byte) { place(b, entries, mibSectors, mibSectors) }, []string{"partition 1 has 512 bytes"}},
		"a root smaller than its file system": {func(b []byte) { place(b, second, 17*mibSectors, 33*mibSectors-2) }, []string{"file system of partition 2 is larger"}},
		"a file system without blocks":        {func(b []byte) { clear(b[17*mib+1024+4 : 17*mib+1024+8]) }, []string{"file system of partition 2 is damaged", "e2fsck"}},
		"blocks of any size":                  {func(b []byte) { b[17*mib+1024+24] = 60 }, []string{"file system of partition 2 is damaged"}},
		"two roots":                           {func(b []byte) { copy(b[entries:], guid(disk.TypeRootX86)); copy(b[second:], guid(disk.TypeRootX86)) }, []string{"partitions 1 and 2", "are /"}},
		"two system partitions":               {func(b []byte) { copy(b[entries:], guid(disk.TypeESP)); copy(b[second:], guid(disk.TypeESP)) }, []string{"partitions 1 and 2", "EFI system"}},
		"a table under a file system":         {func(b []byte) { binary.LittleEndian.PutUint16(b[1080:], 0xef53) }, []string{"both a partition table and ext", "wipefs"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := makeDisk(t, two...)
			if err := os.WriteFile(path, reseal(c.change)(readFile(t, path)), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, c.words...)
		})
	}
}

// TestCutFileSystem reads a file system without partitions whose end is missing.
func TestCutFileSystem(t *testing.T) {
	path := makeExt4(t, 16*mib)
	truncate(t, path, 15*mib)
	refused(t, path, "file system of the disk is larger", "not whole")
	truncate(t, path, 32<<10)
	refused(t, path, "too little")
}
