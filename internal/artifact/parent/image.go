package parent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Partitions, in sectors of 512 bytes. The root is the last partition.
const (
	sector     = 512
	diskSize   = 2 << 30
	biosStart  = 2048
	biosSize   = 2048
	espStart   = biosStart + biosSize
	espSize    = 64 << 20 / sector
	rootStart  = espStart + espSize
	rootEnd    = diskSize/sector - 2048 // the backup table lies behind it
	rootBlocks = (rootEnd - rootStart) * sector / 4096
)

// Identifiers are fixed, so that the same rootfs makes the same disk; two machines differ
// by machine-id and host keys.
const (
	rootUUID = "0f8c1d0e-6d2b-4b7e-9a53-1e5b7a2c4d10"
	rootPART = "7b9c2f6a-30d4-4c1f-8e57-2d8f1b6e9a21"
	espPART  = "2c5e8d71-94ab-4f0c-b1d6-6a3f0e7c5b32"
	biosPART = "e14a7c93-5b28-4d6e-a0f7-9c8b2e1d4f43"
	diskUUID = "d6a1f3b8-7e42-4905-8c1d-3b0e9f5a7c54"
)

// writeDisk makes the partition table and both file systems. Nothing is mounted.
func (b *builder) writeDisk(ctx context.Context) error {
	if err := os.Truncate(b.disk, diskSize); err != nil {
		return err
	}
	table := fmt.Sprintf(`label: gpt
label-id: %s
start=%d, size=%d, type=21686148-6449-6E6F-744E-656564454649, uuid=%s, name="bios"
start=%d, size=%d, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=%s, name="esp"
start=%d, size=%d, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=%s, name="root"
`, diskUUID, biosStart, biosSize, biosPART, espStart, espSize, espPART, rootStart, rootEnd-rootStart, rootPART)
	if err := b.run(ctx, table, nil, "sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", b.disk); err != nil {
		return err
	}
	if err := b.writeESP(ctx); err != nil {
		return err
	}
	return b.run(ctx, "", []string{"SOURCE_DATE_EPOCH=1700000000"}, "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-d", b.rootfs,
		"-U", rootUUID, "-L", "root", "-m", "1",
		"-E", fmt.Sprintf("offset=%d,root_owner=0:0,hash_seed=%s,lazy_itable_init=0,lazy_journal_init=0", rootStart*sector, rootUUID),
		b.disk, fmt.Sprint(rootBlocks))
}

// writeESP makes the EFI system partition with GRUB, which finds its configuration
// on the root.
func (b *builder) writeESP(ctx context.Context) error {
	const early = "search --no-floppy --fs-uuid --set=root " + rootUUID + "\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"
	if err := os.WriteFile(filepath.Join(b.rootfs, "tmp/early.cfg"), []byte(early), 0o600); err != nil {
		return err
	}
	err := b.mkimage(ctx, "x86_64-efi", "grub.efi", "-c", "/tmp/early.cfg", "-p", "/boot/grub",
		"part_gpt", "ext2", "fat", "linux", "normal", "boot", "configfile", "search", "search_fs_uuid", "test", "echo", "serial", "terminal", "all_video", "reboot")
	if err != nil {
		return err
	}
	esp := filepath.Join(b.dir, "esp")
	defer os.Remove(esp)
	f, err := os.Create(esp)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(espSize*sector), f.Close()); err != nil {
		return err
	}
	for _, c := range [][]string{
		{"mkfs.vfat", "-F", "32", "-n", "ESP", "-i", "2C5E8D71", "--invariant", esp},
		{"mmd", "-i", esp, "::/EFI", "::/EFI/BOOT"},
		{"mcopy", "-i", esp, filepath.Join(b.dir, "grub.efi"), "::/EFI/BOOT/BOOTX64.EFI"},
	} {
		if err := b.run(ctx, "", nil, c[0], c[1:]...); err != nil {
			return err
		}
	}
	return place(esp, b.disk, espStart*sector)
}

// mkimage makes a GRUB image with the GRUB of the rootfs and moves it out.
func (b *builder) mkimage(ctx context.Context, format, name string, args ...string) error {
	inside := "/tmp/" + name
	args = append([]string{b.rootfs, "grub-mkimage", "-O", format, "-o", inside}, args...)
	if err := b.run(ctx, "", nil, "chroot", args...); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(b.rootfs, inside))
	if err != nil {
		return err
	}
	if err := errors.Join(os.Remove(filepath.Join(b.rootfs, inside)), os.RemoveAll(filepath.Join(b.rootfs, "tmp/early.cfg"))); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.dir, name), text, 0o600)
}

// place copies a file into the disk and keeps its holes.
func place(file, disk string, offset int64) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(disk, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	buf := make([]byte, 64<<10)
	for at := offset; ; at += int64(len(buf)) {
		n, err := io.ReadFull(in, buf)
		if n > 0 && !zero(buf[:n]) {
			if _, err := out.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		if err != nil {
			return out.Sync() // the end of the file
		}
	}
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// Offsets within GRUB's boot.img and core.img: the sector of the next part, and a jump
// that is only right on floppies.
const (
	bootKernelSector = 0x5c
	bootDriveCheck   = 0x66
	bootCode         = 440
	coreBlockList    = 0x1f4
)

// installGRUB writes GRUB for BIOS: boot.img into sector 0, the core image into
// its partition, each with the number of the sector that follows.
func (b *builder) installGRUB(ctx context.Context) error {
	boot, err := os.ReadFile(filepath.Join(b.rootfs, "usr/lib/grub/i386-pc/boot.img"))
	if err != nil {
		return err
	}
	err = b.mkimage(ctx, "i386-pc", "core.img", "-p", "(hd0,gpt3)/boot/grub",
		"biosdisk", "part_gpt", "ext2", "linux", "normal", "boot", "configfile", "search", "search_fs_uuid", "test", "echo", "serial", "terminal")
	if err != nil {
		return err
	}
	core, err := os.ReadFile(filepath.Join(b.dir, "core.img"))
	if err != nil {
		return err
	}
	if len(core) > biosSize*sector || len(boot) < sector {
		return fmt.Errorf("GRUB's images have unexpected sizes (%d and %d bytes)", len(boot), len(core))
	}
	binary.LittleEndian.PutUint64(boot[bootKernelSector:], biosStart)
	boot[bootDriveCheck], boot[bootDriveCheck+1] = 0x90, 0x90
	binary.LittleEndian.PutUint64(core[coreBlockList:], biosStart+1)
	f, err := os.OpenFile(b.disk, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err1 := f.WriteAt(boot[:bootCode], 0)
	_, err2 := f.WriteAt(core, biosStart*sector)
	return errors.Join(err1, err2, f.Sync(), f.Close())
}
