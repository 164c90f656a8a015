package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Clone makes dst a copy of src. It shares blocks where it can and keeps holes
// where it cannot. dst appears whole and on stable storage, or not at all; one that
// is there is replaced.
func Clone(ctx context.Context, src, dst string) error {
	part := dst + ".part"
	if err := copyTo(ctx, src, part); err != nil {
		return errors.Join(fmt.Errorf("cloning %s: %w", src, err), remove(part))
	}
	if err := os.Rename(part, dst); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dst))
}

func copyTo(ctx context.Context, src, part string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := unix.IoctlFileClone(int(out.Fd()), int(in.Fd())); err != nil {
		if err := copySparse(ctx, in, out); err != nil {
			return err
		}
	}
	return out.Sync()
}

// CanShare says whether clones in the folder share blocks with their source.
func CanShare(dir string) bool {
	a, err := os.CreateTemp(dir, ".reflink")
	if err != nil {
		return false
	}
	defer os.Remove(a.Name())
	defer a.Close()
	b, err := os.CreateTemp(dir, ".reflink")
	if err != nil {
		return false
	}
	defer os.Remove(b.Name())
	defer b.Close()
	if _, err := a.Write(make([]byte, 4096)); err != nil {
		return false
	}
	return unix.IoctlFileClone(int(b.Fd()), int(a.Fd())) == nil
}

// copySparse copies the data of a file and leaves its holes.
func copySparse(ctx context.Context, in, out *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	for at := int64(0); at < info.Size(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, end, err := nextData(in, at, info.Size())
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(out, data), io.NewSectionReader(in, data, end-data)); err != nil {
			return err
		}
		at = end
	}
	return out.Truncate(info.Size())
}

// maxCopy bounds one piece of a copy, so that a cancelled one ends soon.
const maxCopy = 256 << 20

// nextData finds the data at or after an offset; at the end of the file it is
// empty.
func nextData(f *os.File, at, size int64) (data, end int64, err error) {
	data, err = unix.Seek(int(f.Fd()), at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = unix.Seek(int(f.Fd()), data, unix.SEEK_HOLE)
	return data, min(end, data+maxCopy), err
}

// remove deletes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir puts the names in a folder on stable storage.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
