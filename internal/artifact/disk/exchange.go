package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"ingot/internal/wholefile"
)

// Formats of disk files that can be written and read.
const (
	FormatRaw   = "raw"
	FormatQcow2 = "qcow2"
)

// Export writes a disk to a file for other programs, which only its owner can read. The
// file appears whole or not at all. If the file exists, Export replaces it if over is
// true, and else returns fs.ErrExist.
func Export(ctx context.Context, src, dst, format string, over bool) error {
	if format != FormatRaw && format != FormatQcow2 {
		return fmt.Errorf("the format %q is not supported: choose %s or %s", format, FormatRaw, FormatQcow2)
	}
	in, err := openFile(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := wholefile.Create(dst)
	if err != nil {
		return err
	}
	if format == FormatRaw {
		err = fill(ctx, in, out.File, nil)
	} else {
		err = toQcow(ctx, in, out.File)
	}
	switch {
	case err != nil:
		return errors.Join(fmt.Errorf("exporting %s: %w", src, err), out.Discard())
	case over:
		return out.Commit()
	}
	return out.CommitNew()
}

// Room returns an error if there is no space for a disk of size bytes, data of which take
// space. Import calls it before it copies anything.
type Room func(size, data int64) error

// Import makes the raw disk dst from a foreign disk file, raw or qcow2. The file must
// hold an undamaged Linux disk of a supported layout, and room must accept it.
func Import(ctx context.Context, file, dst string, room Room) error {
	in, err := openFile(file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := wholefile.Create(dst)
	if err != nil {
		return err
	}
	if err = take(ctx, in, out.File, room); err == nil {
		err = acceptable(ctx, out.Name())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", file, err), out.Discard())
	}
	return out.Commit()
}

// take copies the disk of a foreign file. The file must not change meanwhile, because
// then something else would be copied than what was checked.
func take(ctx context.Context, in, out *os.File, room Room) error {
	before, err := stateOf(in)
	if err != nil {
		return err
	}
	if err := copyIn(ctx, in, out, room); err != nil {
		return err
	}
	if after, err := stateOf(in); err != nil || after != before {
		return errors.Join(err, errors.New("the file was changed while it was read: end the program that writes to it and begin again"))
	}
	return nil
}

func copyIn(ctx context.Context, in, out *os.File, room Room) error {
	if err := probe(in); err != nil {
		return err
	}
	q, is, err := readQcow(in)
	if err != nil {
		return err
	}
	size := q.size
	if !is {
		info, err := in.Stat()
		if err != nil {
			return err
		}
		if size = info.Size(); size <= maxSize {
			_, err = readLayout(in, size)
		}
		if err != nil {
			return err
		}
	}
	if err := sizeFits(size); err != nil {
		return err
	}
	if err := room(size, 0); err != nil {
		return err
	}
	takes := func(data int64) error { return room(size, data) }
	if is {
		return fromQcow(ctx, in, out, q, takes)
	}
	return fill(ctx, in, out, takes)
}

// acceptable returns an error if a disk cannot be a parent. The disk may have been copied
// from a running machine.
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

// foreign are the marks of files that hold a disk or part of one in another form, with
// the command that converts it.
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

// probe refuses files of other forms than raw and qcow2; the error names the form.
func probe(f io.ReaderAt) error {
	for _, k := range foreign {
		b := make([]byte, len(k.mark))
		if n, _ := f.ReadAt(b, k.at); n == len(b) && string(b) == k.mark {
			return fmt.Errorf("this is %s, and only raw and qcow2 disks are read: use %s first", k.kind, k.remedy)
		}
	}
	return nil
}
