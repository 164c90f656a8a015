package disk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Formats of disk files that can be written and read.
const (
	FormatRaw   = "raw"
	FormatQcow2 = "qcow2"
)

// Export writes a disk to a file for other programs. The file appears whole or not
// at all.
func Export(ctx context.Context, src, dst, format string) error {
	switch format {
	case FormatRaw:
		return Clone(ctx, src, dst)
	case FormatQcow2:
		return convert(ctx, src, FormatRaw, dst, FormatQcow2)
	}
	return fmt.Errorf("the format %q is not supported: choose %s or %s", format, FormatRaw, FormatQcow2)
}

// convert lets qemu-img write a disk in another format.
func convert(ctx context.Context, src, from, dst, to string) error {
	part := dst + ".part"
	if _, err := tool(ctx, "", "qemu-img", "convert", "-f", from, "-O", to, src, part); err != nil {
		return errors.Join(fmt.Errorf("converting %s: %w", src, err), remove(part))
	}
	if err := settle(part); err != nil {
		return errors.Join(err, remove(part))
	}
	if err := os.Rename(part, dst); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dst))
}

// settle puts a file's content on stable storage.
func settle(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Import makes the raw disk dst of a foreign disk file, raw or qcow2, when it is a
// Linux disk of a supported layout without damage.
func Import(ctx context.Context, file, dst string) error {
	qcow, err := probe(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fresh := dst + ".import"
	if qcow {
		err = convert(ctx, file, FormatQcow2, fresh, FormatRaw)
	} else if _, err = Read(file); err == nil { // before some GiB are copied
		err = Clone(ctx, file, fresh)
	}
	if err != nil {
		return err
	}
	if err := acceptable(ctx, fresh); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", file, err), remove(fresh))
	}
	if err := os.Rename(fresh, dst); err != nil {
		return errors.Join(err, remove(fresh))
	}
	return syncDir(filepath.Dir(dst))
}

// acceptable says whether a disk can be a parent. It may have been copied from a running
// machine.
func acceptable(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := readLayout(f, info.Size()); err != nil {
		return err
	}
	if err := Release(ctx, path); err != nil {
		return err
	}
	return Check(ctx, path)
}

// foreign are the marks of files that hold a disk or part of one in another form,
// with the command that makes it one.
var foreign = []struct {
	kind   string
	at     int64
	mark   string
	remedy string
}{
	{"a VMDK disk", 0, "KDMV", "qemu-img convert -O qcow2"},
	{"a VMDK description", 0, "# Disk DescriptorFile", "qemu-img convert -O qcow2"},
	{"a VHDX disk", 0, "vhdxfile", "qemu-img convert -O qcow2"},
	{"a VHD disk", 0, "conectix", "qemu-img convert -f vpc -O qcow2"},
	{"a VDI disk", 0x40, "\x7f\x10\xda\xbe", "qemu-img convert -O qcow2"},
	{"a QED disk", 0, "QED\x00", "qemu-img convert -O qcow2"},
	{"compressed by gzip", 0, "\x1f\x8b", "gunzip"},
	{"compressed by xz", 0, "\xfd7zXZ\x00", "unxz"},
	{"compressed by zstd", 0, "\x28\xb5\x2f\xfd", "unzstd"},
	{"compressed by bzip2", 0, "BZh", "bunzip2"},
	{"a CD image", 32769, "CD001", "an installed disk, since a CD holds none"},
}

// probe tells a qcow2 file from a raw one and refuses other forms by name.
func probe(file string) (qcow bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false, errors.Join(err, errors.New("this is not a regular file"))
	}
	for _, k := range foreign {
		b := make([]byte, len(k.mark))
		if n, _ := f.ReadAt(b, k.at); n == len(b) && string(b) == k.mark {
			return false, fmt.Errorf("this is %s, and only raw and qcow2 disks are read: use %s first", k.kind, k.remedy)
		}
	}
	return isQcow(f)
}

// Places in the header of a qcow2 file.
const (
	qcowHeader   = 104
	qcowBacking  = 8  // where the name of another file stands, of which this one is a change
	qcowVersion  = 4  //
	qcowFeatures = 72 // from version 3 on
	qcowDataFile = 1 << 2
)

// isQcow also refuses files that name further files: whoever made the file would
// choose which of this host's files becomes part of the image.
func isQcow(r io.ReaderAt) (bool, error) {
	h := make([]byte, qcowHeader)
	n, err := r.ReadAt(h, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if string(h[:4]) != "QFI\xfb" {
		return false, nil
	}
	if n < qcowHeader {
		return false, errors.New("the qcow2 file is cut off")
	}
	version := binary.BigEndian.Uint32(h[qcowVersion:])
	if binary.BigEndian.Uint64(h[qcowBacking:]) != 0 ||
		version >= 3 && binary.BigEndian.Uint64(h[qcowFeatures:])&qcowDataFile != 0 {
		return false, errors.New("the qcow2 file needs another file that it names: make it whole with qemu-img convert first")
	}
	return true, nil
}
