package disk_test

import (
	"encoding/binary"
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

// TestRefusedByName wants the error to name what is there, and the remedy.
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
		t.Fatal("the disk was taken")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
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

func TestNoDiskAtAll(t *testing.T) {
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

// TestDamagedTables changes one thing of a good table at a time.
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

// reseal makes the checksums of a changed table right, so that the values
// themselves are judged.
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
