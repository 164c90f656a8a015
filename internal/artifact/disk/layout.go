package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
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

// Read finds the partitions of a disk, and which of them is the root: by its
// type, else the last partition that holds ext4. What is not supported is an error
// that names it and says what to do.
func Read(path string) (Layout, error) {
	f, err := os.Open(path)
	if err != nil {
		return Layout{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Layout{}, err
	}
	l, err := readLayout(f, info.Size())
	if err != nil {
		return Layout{}, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func readLayout(r io.ReaderAt, size int64) (Layout, error) {
	l := Layout{Size: size}
	if kind := fileSystem(r, 0); kind == "ext" {
		l.Root = Partition{Number: wholeDiskRoot, Start: 0, Size: size}
		return l, nil
	} else if kind != "" {
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
	for _, p := range l.Partitions {
		switch p.Type {
		case TypeESP:
			l.ESP = &p
		case TypeBIOSBoot:
		case TypeRootX86, TypeRootARM:
			l.Root = p
		case TypeExtBoot:
			l.Boot = &p
		case typeLVM, typeLUKS, typeRAID:
			return fmt.Errorf("partition %d is LVM, LUKS or RAID, which is not supported yet: convert the disk to a plain ext4 root partition", p.Number)
		case typeSwap:
			return fmt.Errorf("partition %d is swap, which is not supported yet: use a swap file on the root partition", p.Number)
		default:
			linux = append(linux, p)
		}
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
	}
	return nil
}

func orUnknown(kind string) string {
	if kind == "" {
		return "no file system that is known"
	}
	return kind
}

// signatures are the marks of file systems at an offset.
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

// fileSystem names the file system at an offset, or gives nothing.
func fileSystem(r io.ReaderAt, start int64) string {
	for _, s := range signatures {
		b := make([]byte, len(s.mark))
		if n, _ := r.ReadAt(b, start+s.at); n == len(b) && string(b) == s.mark {
			return s.kind
		}
	}
	return ""
}

const (
	gptHeader  = 92
	maxEntries = 256
)

// readGPT reads the primary partition table.
func readGPT(r io.ReaderAt, size int64) ([]Partition, error) {
	h := make([]byte, Sector)
	if _, err := r.ReadAt(h, Sector); err != nil || string(h[:8]) != "EFI PART" {
		return nil, noGPT(r)
	}
	n, length := int64(binary.LittleEndian.Uint32(h[80:])), int64(binary.LittleEndian.Uint32(h[84:]))
	if n > maxEntries || length < 128 || length > 4096 || !headerWhole(h) {
		return nil, errors.New("the partition table is damaged: repair it with sgdisk or sfdisk")
	}
	entries, at := make([]byte, n*length), binary.LittleEndian.Uint64(h[72:])
	if at > uint64(size/Sector) {
		return nil, errors.New("the partition table is cut off: the file is not whole")
	}
	if _, err := r.ReadAt(entries, int64(at)*Sector); err != nil {
		return nil, errors.New("the partition table is cut off: the file is not whole")
	}
	if crc32.ChecksumIEEE(entries) != binary.LittleEndian.Uint32(h[88:]) {
		return nil, errors.New("the partition table is damaged: repair it with sgdisk or sfdisk")
	}
	var parts []Partition
	for i := range n {
		e := entries[i*length:]
		if bytes.Equal(e[:16], make([]byte, 16)) {
			continue
		}
		first, last := int64(binary.LittleEndian.Uint64(e[32:])), int64(binary.LittleEndian.Uint64(e[40:]))
		p := Partition{Number: int(i) + 1, Type: guid(e), UUID: guid(e[16:]), Name: utf16Name(e[56:128]), Start: first * Sector, Size: (last - first + 1) * Sector}
		if first < 1 || last < first || last >= size/Sector {
			return nil, fmt.Errorf("partition %d reaches past the end of the disk: the file is not whole", p.Number)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// headerWhole holds the header against its own checksum, which is taken with the
// checksum's place as zeros.
func headerWhole(h []byte) bool {
	if binary.LittleEndian.Uint32(h[12:]) != gptHeader {
		return false
	}
	plain := bytes.Clone(h[:gptHeader])
	clear(plain[16:20])
	return crc32.ChecksumIEEE(plain) == binary.LittleEndian.Uint32(h[16:])
}

// noGPT says what is there in place of a partition table that can be used.
func noGPT(r io.ReaderAt) error {
	b := make([]byte, Sector)
	if _, err := r.ReadAt(b, 0); err == nil && b[510] == 0x55 && b[511] == 0xaa {
		for entry := 446; entry < 510; entry += 16 {
			if kind := b[entry+4]; kind == 0xee {
				return errors.New("the partition table is damaged: repair it with sgdisk or sfdisk")
			} else if kind != 0 {
				return errors.New("the disk has an msdos partition table, which is not supported yet: convert it with sgdisk --mbrtogpt")
			}
		}
	}
	return errors.New("this is not a disk image: there is neither a GPT nor an ext4 file system in it")
}

// guid writes the mixed-endian form of GPT.
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
