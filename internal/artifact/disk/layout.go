package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sector is the unit of a partition table, in bytes.
const Sector = 512

// Types of partitions, as GPT writes them.
const (
	TypeESP       = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
	TypeBIOSBoot  = "21686148-6449-6E6F-744E-656564454649"
	TypeRootX86   = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
	TypeRootARM   = "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"
	TypeLinux     = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
	TypeExtBoot   = "BC13C2FF-59E6-4262-A352-B275FD6F7172"
	typeLVM       = "E6D6D379-F507-44C2-A23C-238F2A3DF928"
	typeLUKS      = "CA7D7CCB-63ED-4C53-861C-1742536059CC"
	typeSwap      = "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"
	typeRAID      = "A19D880F-05FC-4D3B-A006-743F0F84911E"
	wholeDiskRoot = 0
)

// Partition is a part of a disk; Start and Size are bytes.
type Partition struct {
	Number int // from 1; 0 is the whole disk
	Type   string
	UUID   string
	Name   string
	Start  int64
	Size   int64
}

// Layout is what a disk holds.
type Layout struct {
	Size       int64 // of the disk, bytes
	Partitions []Partition
	Root       Partition
	Boot       *Partition // a separate /boot, or nil
	ESP        *Partition // or nil
}

// Read returns the layout of a disk. The root is the partition of that type, else the
// last partition that holds ext4. A layout that is not supported is an error that names
// the problem and says what to do.
func Read(path string) (Layout, error) {
	f, err := openFile(path)
	if err != nil {
		return Layout{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Layout{}, err
	}
	l, err := readLayout(f, info.Size())
	for _, p := range l.fileSystems() {
		if err == nil {
			err = errors.Join(ownJournal(f, p), noMMP(f, p))
		}
	}
	if err != nil {
		return Layout{}, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// fileSystems are the partitions that hold a Linux system's files.
func (l *Layout) fileSystems() []Partition {
	if l.Boot != nil {
		return []Partition{l.Root, *l.Boot}
	}
	return []Partition{l.Root}
}

// ownJournal refuses an ext4 file system whose journal is on another device: that would
// be a device of this host, which the kernel and e2fsck would read and write.
func ownJournal(r io.ReaderAt, p Partition) error {
	const superblock, features, incompatible, uuid, inode, device = 1024, 0x5c, 0x60, 0xd0, 0xe0, 0xe4 // from linux/fs/ext4/ext4.h
	const hasJournal, isJournal = 4, 8
	var b [device + 4]byte
	if _, err := r.ReadAt(b[:], p.Start+superblock); err != nil {
		return fmt.Errorf("the file system of partition %d is cut off: %w", p.Number, err)
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	elsewhere := word(device) != 0 || !bytes.Equal(b[uuid:inode], make([]byte, inode-uuid)) ||
		word(features)&hasJournal != 0 && word(inode) == 0
	if elsewhere || word(incompatible)&isJournal != 0 {
		return fmt.Errorf("the file system of partition %d has its journal on another device, which is not supported: remove it with tune2fs -O ^has_journal and give it one of its own with tune2fs -j", p.Number)
	}
	return nil
}

// noMMP refuses an ext4 file system with multiple mount protection: before it is mounted
// or checked, the kernel and e2fsck wait as long as the file system asks, which may be
// days.
func noMMP(r io.ReaderAt, p Partition) error {
	const superblock, incompatible, mmp = 1024, 0x60, 0x100 // from linux/fs/ext4/ext4.h
	var b [4]byte
	if _, err := r.ReadAt(b[:], p.Start+superblock+incompatible); err != nil {
		return fmt.Errorf("the file system of partition %d is cut off: %w", p.Number, err)
	}
	if binary.LittleEndian.Uint32(b[:])&mmp != 0 {
		return fmt.Errorf("the file system of partition %d has multiple mount protection, which is not supported: remove it with tune2fs -O ^mmp", p.Number)
	}
	return nil
}

func readLayout(r io.ReaderAt, size int64) (Layout, error) {
	l := Layout{Size: size}
	switch kind := fileSystem(r, 0); {
	case kind != "" && hasGPT(r):
		return l, fmt.Errorf("the disk holds both a partition table and %s over all of it, and programs differ in which they see: remove one with wipefs", kind)
	case kind == "ext":
		l.Root = Partition{Number: wholeDiskRoot, Start: 0, Size: size}
		return l, fits(r, l.Root)
	case kind != "":
		return l, fmt.Errorf("the disk holds %s without partitions; only ext4 is supported: copy it to an ext4 file system", kind)
	}
	parts, err := readGPT(r, size)
	if err != nil {
		return l, err
	}
	l.Partitions = parts
	return l, l.assign(r)
}

// assign finds the roles of the partitions.
func (l *Layout) assign(r io.ReaderAt) error {
	var linux []Partition
	roles := map[string]int{} // the partition that has each
	for _, p := range l.Partitions {
		role := ""
		switch p.Type {
		case TypeESP:
			role, l.ESP = "the EFI system partition", &p
		case TypeBIOSBoot:
		case TypeRootX86, TypeRootARM:
			role, l.Root = "/", p
		case TypeExtBoot:
			role, l.Boot = "/boot", &p
		case typeLVM, typeLUKS, typeRAID:
			return fmt.Errorf("partition %d is LVM, LUKS or RAID, which is not supported yet: convert the disk to a plain ext4 root partition", p.Number)
		case typeSwap:
			return fmt.Errorf("partition %d is swap, which is not supported yet: use a swap file on the root partition", p.Number)
		default:
			linux = append(linux, p)
		}
		if first := roles[role]; role != "" && first != 0 {
			return fmt.Errorf("partitions %d and %d both say that they are %s: give one of them another type", first, p.Number, role)
		}
		roles[role] = p.Number
	}
	return l.guessRoot(r, linux)
}

func (l *Layout) guessRoot(r io.ReaderAt, linux []Partition) error {
	if l.Root.Size == 0 && len(linux) > 0 {
		l.Root, linux = linux[len(linux)-1], linux[:len(linux)-1]
	}
	if l.Root.Size == 0 {
		return errors.New("the disk has no root partition: give the partition that holds / a Linux type")
	}
	if l.Boot == nil && len(linux) == 1 {
		l.Boot = &linux[0]
	} else if len(linux) > 0 {
		return fmt.Errorf("partition %d is neither root, /boot nor ESP, which is not supported yet: move its files to the root partition", linux[0].Number)
	}
	for _, p := range []*Partition{&l.Root, l.Boot} {
		if p == nil {
			continue
		}
		if kind := fileSystem(r, p.Start); kind != "ext" {
			return fmt.Errorf("partition %d holds %s, and only ext4 is supported yet: copy it to an ext4 file system", p.Number, orUnknown(kind))
		}
		if err := fits(r, *p); err != nil {
			return err
		}
	}
	return nil
}

// leastSystem is the smallest size of a file system that is accepted, in bytes: less than
// any that holds a system, and enough for a superblock.
const leastSystem = 64 << 10

// fits refuses an ext file system that is larger than its partition or disk.
func fits(r io.ReaderAt, p Partition) error {
	const superblock, blocksLow, blockSize, features, blocksHigh = 1024, 0x4, 0x18, 0x60, 0x150 // from linux/fs/ext4/ext4.h
	const wide, maxShift = 0x80, 6
	name := fmt.Sprintf("partition %d", p.Number)
	if p.Number == wholeDiskRoot {
		name = "the disk"
	}
	if p.Size < leastSystem {
		return fmt.Errorf("%s has %d bytes, which is too little for a file system: the partition table does not fit the disk's content", name, p.Size)
	}
	b := make([]byte, blocksHigh+4)
	if _, err := r.ReadAt(b, p.Start+superblock); err != nil {
		return fmt.Errorf("%s is cut off: the file is not whole", name)
	}
	half := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(b[at:])) }
	blocks, shift := half(blocksLow), half(blockSize)
	if half(features)&wide != 0 {
		blocks |= half(blocksHigh) << 32
	}
	if shift > maxShift || blocks == 0 {
		return fmt.Errorf("the file system of %s is damaged: repair it with e2fsck", name)
	}
	if blocks > uint64(p.Size)>>(10+shift) {
		return fmt.Errorf("the file system of %s is larger than %s: the file is not whole, or it needs resize2fs", name, name)
	}
	return nil
}

func orUnknown(kind string) string {
	if kind == "" {
		return "no file system that is known"
	}
	return kind
}

// signatures are the marks of file systems and their offsets.
var signatures = []struct {
	kind string
	at   int64
	mark string
}{
	{"ext", 1080, "\x53\xef"},
	{"XFS", 0, "XFSB"},
	{"btrfs", 65600, "_BHRfS_M"},
	{"LUKS", 0, "LUKS\xba\xbe"},
	{"LVM", 512, "LABELONE"},
	{"squashfs", 0, "hsqs"},
}

// fileSystem returns the name of the file system at an offset, or "".
func fileSystem(r io.ReaderAt, start int64) string {
	for _, s := range signatures {
		b := make([]byte, len(s.mark))
		if n, _ := r.ReadAt(b, start+s.at); n == len(b) && string(b) == s.mark {
			return s.kind
		}
	}
	return ""
}
