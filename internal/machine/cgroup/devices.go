package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// Device is a device, or all devices of a driver, and what may be done with it.
type Device struct {
	Block  bool // else it is a character device
	Major  uint32
	Minor  int64  // or AnyMinor
	Access string // some of r (read), w (write), m (make a node of it)
}

// AnyMinor stands for every device of a driver.
const AnyMinor = -1

// String returns the device as the kernel lists it, such as "c 1:3 rwm".
func (d Device) String() string {
	kind, minor := "c", "*"
	if d.Block {
		kind = "b"
	}
	if d.Minor != AnyMinor {
		minor = fmt.Sprint(d.Minor)
	}
	return fmt.Sprintf("%s %d:%s %s", kind, d.Major, minor, d.Access)
}

// errNoDevices is returned if the kernel cannot limit devices here.
var errNoDevices = errors.New("this host's control groups cannot keep a machine from its devices: mount the devices controller (v1) or a v2 hierarchy")

// CanLimitDevices returns nil if this host can keep a machine from its devices.
func CanLimitDevices() error {
	all := hierarchies()
	for _, h := range []string{devices, "", "unified"} {
		if all[h] != "" {
			return nil
		}
	}
	return errNoDevices
}

// limitDevices limits the processes of the group to these devices.
func (g *Group) limitDevices(allowed []Device) error {
	if dir := g.dirs[devices]; dir != "" {
		return listDevices(dir, allowed)
	}
	for _, hierarchy := range []string{"", "unified"} {
		if dir := g.dirs[hierarchy]; dir != "" {
			return filterDevices(dir, allowed)
		}
	}
	return errNoDevices
}

// Names in the hierarchy of the devices controller, which is v1's alone.
const (
	devices = "devices"
	// inside is a group below the one that has the list. The machine's processes are in
	// it, so that the list is above all that its root can mount of the hierarchy.
	inside = "inside"
)

// listDevices limits devices in v1: it denies everything, then allows each device.
func listDevices(dir string, allowed []Device) error {
	all := write(dir, "devices.deny", "a")
	for _, d := range allowed {
		all = errors.Join(all, write(dir, "devices.allow", d.String()))
	}
	if all != nil {
		return all
	}
	return os.Mkdir(filepath.Join(dir, inside), 0o755)
}

// filterDevices limits devices in v2: it attaches a program that the kernel calls for
// each access. The program is removed with the group. A program of a group below cannot
// allow more, because the kernel calls both.
func filterDevices(dir string, allowed []Device) error {
	group, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer group.Close()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "ingot_devices", Type: ebpf.CGroupDevice, Instructions: filter(allowed), License: "Apache-2.0",
	})
	if err != nil {
		return fmt.Errorf("keeping a machine from the host's devices: %w", err)
	}
	defer program.Close()
	err = link.RawAttachProgram(link.RawAttachProgramOptions{
		Target: int(group.Fd()), Program: program, Attach: ebpf.AttachCGroupDevice, Flags: unix.BPF_F_ALLOW_MULTI,
	})
	if err != nil {
		return fmt.Errorf("keeping a machine from the host's devices: %w", err)
	}
	return nil
}

// Offsets in the argument of a program, struct bpf_cgroup_dev_ctx of linux/bpf.h. Kind
// and access share a word.
const (
	askedWhat, askedMajor, askedMinor = 0, 4, 8

	kindMask, accessShift = 0xffff, 16
	blockDevice           = 1
	charDevice            = 2
)

var accessBits = map[rune]int32{'m': 1, 'r': 2, 'w': 4}

// filter returns the program, which returns 1 for what one of the devices allows.
func filter(allowed []Device) asm.Instructions {
	const kind, access, major, minor, rest = asm.R2, asm.R3, asm.R4, asm.R5, asm.R6
	program := asm.Instructions{
		asm.LoadMem(kind, asm.R1, askedWhat, asm.Word),
		asm.Mov.Reg(access, kind),
		asm.And.Imm(kind, kindMask),
		asm.RSh.Imm(access, accessShift),
		asm.LoadMem(major, asm.R1, askedMajor, asm.Word),
		asm.LoadMem(minor, asm.R1, askedMinor, asm.Word),
	}
	name := func(i int) string { return fmt.Sprintf("device %d", i) }
	for i, d := range allowed {
		next := name(i + 1)
		wanted, denied := int32(charDevice), int32(7)
		if d.Block {
			wanted = blockDevice
		}
		for letter, bit := range accessBits {
			if strings.ContainsRune(d.Access, letter) {
				denied &^= bit
			}
		}
		program = append(program,
			asm.JNE.Imm(kind, wanted, next).WithSymbol(name(i)),
			asm.Mov.Reg(rest, access),
			asm.And.Imm(rest, denied),
			asm.JNE.Imm(rest, 0, next),
			asm.JNE.Imm(major, int32(d.Major), next),
		)
		if d.Minor != AnyMinor {
			program = append(program, asm.JNE.Imm(minor, int32(d.Minor), next))
		}
		program = append(program, asm.Mov.Imm(asm.R0, 1), asm.Return())
	}
	return append(program, asm.Mov.Imm(asm.R0, 0).WithSymbol(name(len(allowed))), asm.Return())
}
