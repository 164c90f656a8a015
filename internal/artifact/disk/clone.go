package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"ingot/internal/wholefile"
)

// Clone makes dst a copy of src. It shares blocks where it can and keeps holes where it
// cannot. dst appears whole and on stable storage, or not at all; an existing dst is
// replaced.
func Clone(ctx context.Context, src, dst string) error {
	in, err := openFile(src)
	if err != nil {
		return fmt.Errorf("cloning %s: %w", src, err)
	}
	defer in.Close()
	out, err := wholefile.Create(dst)
	if err != nil {
		return err
	}
	if err := fill(ctx, in, out.File, nil); err != nil {
		return errors.Join(fmt.Errorf("cloning %s: %w", src, err), out.Discard())
	}
	return out.Commit()
}

// openFile opens a regular file for reading. It follows links. Other kinds are refused:
// opening a named pipe waits until somebody writes into it, and a device may never end.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, noFile(path, info)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() { // it was replaced meanwhile
		err = noFile(path, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func noFile(path string, info os.FileInfo) error {
	kind := "a special file"
	switch mode := info.Mode(); {
	case mode.IsDir():
		kind = "a folder"
	case mode&os.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&os.ModeSocket != 0:
		kind = "a socket"
	case mode&os.ModeDevice != 0:
		kind = "a device"
	}
	return fmt.Errorf("%s is %s and not a regular file: copy the disk into a file first", path, kind)
}

// fill copies all of a file into a new one. If blocks cannot be shared, it calls room,
// unless that is nil, before it copies the first.
func fill(ctx context.Context, in, out *os.File, room func(data int64) error) error {
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) == nil {
		return nil
	}
	if room != nil {
		var s unix.Stat_t
		err := unix.Fstat(int(in.Fd()), &s)
		if err == nil {
			err = room(s.Blocks * 512)
		}
		if err != nil {
			return err
		}
	}
	return copySparse(ctx, in, out)
}

// CanShare reports whether clones in the folder share blocks with their source.
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

// maxCopy bounds one piece of a copy, so that a cancelled copy ends soon.
const maxCopy = 64 << 20

// nextData returns where the data at or after an offset begins and ends; at the end of
// the file it is empty.
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
