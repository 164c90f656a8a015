package disk

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Architectures, as EC2 names them.
const (
	ArchX86  = "x86_64"
	ArchARM  = "arm64"
	archI386 = "i386"
)

// Boot modes, as EC2 names them.
const (
	BootBIOS = "legacy-bios"
	BootUEFI = "uefi"
	BootBoth = "uefi-preferred"
)

// Traits are what a disk was made for.
type Traits struct {
	Architecture string // empty if the disk does not tell it
	BootMode     string
}

// Inspect returns the traits of a disk. The architecture is that of its first program,
// else of the loader on its EFI system partition, else of the type of its root; the boot
// mode follows from what firmware could start. Nothing is mounted, and links on the disk
// are resolved within it.
func Inspect(ctx context.Context, file string) (Traits, error) {
	l, err := Read(file)
	if err != nil {
		return Traits{}, err
	}
	bios, err := hasBootCode(file)
	if err != nil {
		return Traits{}, err
	}
	t := Traits{}
	for _, look := range []func() string{
		func() string { return initArchitecture(ctx, fmt.Sprintf("%s?offset=%d", file, l.Root.Start)) },
		func() string { return loaderArchitecture(ctx, file, l.ESP) },
		func() string {
			return map[string]string{TypeRootX86: ArchX86, TypeRootARM: ArchARM}[l.Root.Type]
		},
	} {
		if t.Architecture = look(); t.Architecture != "" {
			break
		}
	}
	t.BootMode = bootMode(t.Architecture, l.ESP != nil, bios)
	return t, ctx.Err()
}

// HostArchitecture returns the architecture of this host, for disks that do not tell
// theirs.
func HostArchitecture() string {
	if runtime.GOARCH == "arm64" {
		return ArchARM
	}
	return ArchX86
}

// bootMode returns the boot mode of a disk with or without an EFI system partition and
// code for a BIOS. Machines of arm64 have no BIOS.
func bootMode(architecture string, efi, bios bool) string {
	switch {
	case architecture == ArchARM || efi && !bios:
		return BootUEFI
	case efi:
		return BootBoth
	}
	return BootBIOS
}

// hasBootCode reports whether a BIOS finds code in the first sector of a disk.
func hasBootCode(file string) (bool, error) {
	const codeSize = 440
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var code [codeSize]byte
	if _, err := io.ReadFull(f, code[:]); err != nil {
		return false, fmt.Errorf("reading the first sector of %s: %w", file, err)
	}
	return code != [codeSize]byte{}, nil
}

// initPath is the program that a kernel starts first.
const initPath = "/sbin/init"

// mostLinks is how many links are followed, as in the kernel.
const mostLinks = 40

// What debugfs prints about a file, and the names that may be in a command for it.
var (
	fileType = regexp.MustCompile(`(?m)^Inode: \d+ +Type: (\w+) `)
	linkDest = regexp.MustCompile(`(?m)^Fast link dest: "([^"\n]+)"$`)
	plain    = regexp.MustCompile(`^[-A-Za-z0-9_./+@]+$`)
)

// initArchitecture returns the architecture of the first program of a file system, or "".
// debugfs looks up names in the file system alone, so no link leads out of it.
func initArchitecture(ctx context.Context, fileSystem string) string {
	name := initPath
	for range mostLinks {
		said := string(first(ctx, 1<<16, "debugfs", "-R", "stat "+name, fileSystem))
		kind := fileType.FindStringSubmatch(said)
		switch {
		case kind == nil:
			return ""
		case kind[1] == "regular":
			return elfArchitecture(first(ctx, elfHeader, "debugfs", "-R", "cat "+name, fileSystem))
		case kind[1] != "symlink":
			return ""
		}
		to := linkDest.FindStringSubmatch(said)
		if to == nil || !plain.MatchString(to[1]) {
			return ""
		}
		if to[1][0] == '/' {
			name = to[1]
			continue
		}
		// The folder may be a link itself, so ".." must stay in the path.
		name = name[:strings.LastIndexByte(name, '/')+1] + to[1]
	}
	return ""
}

// elfHeader is the length of the part of an ELF file that names its machine.
const elfHeader = 20

// elfArchitecture returns the architecture of a program from its first bytes.
func elfArchitecture(b []byte) string {
	if len(b) < elfHeader || !bytes.HasPrefix(b, []byte("\x7fELF")) {
		return ""
	}
	const machine = 18
	switch binary.LittleEndian.Uint16(b[machine:]) {
	case 3:
		return archI386
	case 62:
		return ArchX86
	case 183:
		return ArchARM
	}
	return ""
}

// loaderArchitecture returns the architecture of the loader that firmware starts by
// default, or "" if there is none or one for each.
func loaderArchitecture(ctx context.Context, file string, esp *Partition) string {
	if esp == nil {
		return ""
	}
	names := strings.ToUpper(string(first(ctx, 1<<16, "mdir", "-b", "-i", fmt.Sprintf("%s@@%d", file, esp.Start), "::/EFI/BOOT")))
	x86, arm := strings.Contains(names, "/BOOTX64.EFI"), strings.Contains(names, "/BOOTAA64.EFI")
	switch {
	case x86 && !arm:
		return ArchX86
	case arm && !x86:
		return ArchARM
	}
	return ""
}

// lookTime bounds a tool that reads a disk, which may have been made to keep it busy.
const lookTime = 30 * time.Second

// first returns at most n bytes of what a program prints. A program that fails has
// printed nothing that matters.
func first(ctx context.Context, n int64, name string, args ...string) []byte {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBUGFS_PAGER=__none__") // it would start one
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(out, n))
	cancel()       // the rest is not needed
	_ = cmd.Wait() // it may have been killed
	if err != nil {
		return nil
	}
	return text
}
