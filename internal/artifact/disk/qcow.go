package disk

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// Offsets in the header of a qcow2 file, and values there.
const (
	qcowHeader     = 104
	qcowVersion    = 4
	qcowBacking    = 8 // where the name of the backing file is
	qcowSize       = 24
	qcowEncryption = 32
	qcowFeatures   = 72 // from version 3 on
	qcowDataFile   = 1 << 2
)

// qcow is what is used of the header of a qcow2 file.
type qcow struct {
	size int64 // of the disk in it, bytes
}

// readQcow reads the header of a file and reports whether it is qcow2. It refuses files
// that name further files, since whoever made the file would choose which of this host's
// files becomes part of the image, and files that need a secret.
func readQcow(r io.ReaderAt) (q qcow, is bool, err error) {
	h := make([]byte, qcowHeader)
	n, err := r.ReadAt(h, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return q, false, err
	}
	if string(h[:4]) != "QFI\xfb" {
		return q, false, nil
	}
	if n < qcowHeader {
		return q, true, errors.New("the qcow2 file is cut off")
	}
	version, size := binary.BigEndian.Uint32(h[qcowVersion:]), binary.BigEndian.Uint64(h[qcowSize:])
	switch {
	case version != 2 && version != 3:
		return q, true, fmt.Errorf("the qcow2 file has the version %d, and only 2 and 3 are read: use qemu-img convert -O qcow2 first", version)
	case binary.BigEndian.Uint64(h[qcowBacking:]) != 0, version == 3 && binary.BigEndian.Uint64(h[qcowFeatures:])&qcowDataFile != 0:
		return q, true, errors.New("the qcow2 file needs another file that it names: make it whole with qemu-img convert first")
	case binary.BigEndian.Uint32(h[qcowEncryption:]) != 0:
		return q, true, errors.New("the qcow2 file is encrypted: make a plain one with qemu-img convert first")
	case size > maxSize:
		return q, true, fmt.Errorf("the qcow2 file holds a disk of %d bytes, which is larger than any that is supported (%d TiB)", size, maxSize>>40)
	}
	return qcow{size: int64(size)}, true, nil
}

// The files of qemu-img, which gets them open: qemu-img takes some names for protocols,
// and a name may become a link to another file.
const (
	inFile  = "/dev/fd/3"
	outFile = "/dev/fd/4"
	// asRaw and asQcow open inFile in one format, without any further file.
	asRaw  = `json:{"driver":"raw","file":{"driver":"file","filename":"` + inFile + `"}}`
	asQcow = `json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"` + inFile + `"}}`
)

// Limits of qemu-img, because anybody may have made the file that it reads.
const (
	maxMemory = 4 << 30       // of address space: its threads' stacks are most of it
	cpuTime   = 4 * time.Hour // several times what 1 TiB takes
)

// qemuImg runs qemu-img on open files within limits; a file that it writes has at most
// most bytes.
func qemuImg(ctx context.Context, most int64, files []*os.File, args ...string) (string, error) {
	if _, err := exec.LookPath("qemu-img"); err != nil {
		return "", fmt.Errorf("qemu-img is missing: install the package %s", packages["qemu-img"])
	}
	limits := []string{
		fmt.Sprintf("--as=%d", int64(maxMemory)), fmt.Sprintf("--cpu=%d", int(cpuTime.Seconds())),
		fmt.Sprintf("--fsize=%d", most), "--core=0", "qemu-img",
	}
	cmd := exec.CommandContext(ctx, "prlimit", append(limits, args...)...)
	cmd.ExtraFiles = files
	return run(cmd, "qemu-img")
}

// toQcow writes a raw disk of ours as qcow2.
func toQcow(ctx context.Context, in, out *os.File) error {
	_, err := qemuImg(ctx, maxSize, []*os.File{in, out}, "convert", "-O", FormatQcow2, asRaw, outFile)
	return err
}

// fromQcow writes the disk of a qcow2 file as a raw disk. First it calls room with the
// bytes that the disk will take.
func fromQcow(ctx context.Context, in, out *os.File, q qcow, room func(data int64) error) error {
	data, err := measure(ctx, in)
	if err == nil {
		err = room(min(data, q.size))
	}
	if err != nil {
		return err
	}
	_, err = qemuImg(ctx, (q.size+Sector-1)/Sector*Sector, []*os.File{in, out}, "convert", "-O", FormatRaw, asQcow, outFile)
	return err
}

// measure returns about how many bytes of a qcow2 file's disk are data: what they would
// take in another qcow2 file.
func measure(ctx context.Context, in *os.File) (int64, error) {
	text, err := qemuImg(ctx, 0, []*os.File{in}, "measure", "--output", "json", "-O", FormatQcow2, asQcow)
	if err != nil {
		return 0, err
	}
	var m struct {
		Required int64 `json:"required"`
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return 0, fmt.Errorf("reading what qemu-img measured: %w", err)
	}
	return m.Required, nil
}

// state identifies a content of a file: every write and every change of its size changes
// the time, which only the kernel sets.
type state struct{ size, seconds, nanos int64 }

func stateOf(f *os.File) (state, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil {
		return state{}, err
	}
	return state{s.Size, s.Ctim.Sec, s.Ctim.Nsec}, nil
}
