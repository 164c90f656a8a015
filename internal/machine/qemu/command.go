package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingot/internal/machine/cgroup"
)

const program = "qemu-system-x86_64"

// Descriptors that QEMU is started with.
const (
	monitorFD = starterFD + iota
	agentFD
	snapshotFD
	consoleFD
	diskFD
	varsFD // only with UEFI firmware
)

// handOver returns QEMU's arguments for files that it gets open.
func handOver(descriptors ...int) (args []string) {
	for _, fd := range descriptors {
		args = append(args, "-add-fd", fmt.Sprintf("fd=%[1]d,set=%[1]d", fd))
	}
	return args
}

// handed returns the name of such a file.
func handed(fd int) string { return fmt.Sprintf("/dev/fdset/%d", fd) }

// Names of the guest's ports.
const (
	agentPort    = "ingot.agent"
	snapshotPort = "ingot.freezer"
)

// Accelerators.
const (
	kvm = "kvm"
	tcg = "tcg"
)

// sandboxed is QEMU's own filter of system calls.
const sandboxed = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

// translationMiB is the memory for translated code without KVM. QEMU's default depends on
// the host.
const translationMiB = 256

// What QEMU needs beside the guest's memory: memory of its own, page cache of the disk
// and translated code; and threads, some of which exist only during I/O.
const (
	overheadMiB = 768
	qemuTasks   = 512
)

func (id identity) limits() cgroup.Limits {
	return cgroup.Limits{CPUs: id.CPUs, MemoryMiB: id.MemoryMiB + overheadMiB, Tasks: qemuTasks, Devices: devices}
}

// devices are the devices that QEMU opens: null, random, urandom and KVM.
var devices = []cgroup.Device{
	{Major: 1, Minor: 3, Access: "rw"},
	{Major: 1, Minor: 8, Access: "r"},
	{Major: 1, Minor: 9, Access: "r"},
	{Major: 10, Minor: 232, Access: "rw"},
}

// arguments returns QEMU's arguments for a machine.
func (id identity) arguments() []string {
	args := append(hardware(id.Accelerator, id.CPUs, id.MemoryMiB),
		"-S", "-name", id.Token+",process=ingot-qemu", "-display", "none",
		"-sandbox", sandboxed,
		"-chardev", fmt.Sprintf("socket,id=monitor,fd=%d", monitorFD), "-mon", "chardev=monitor,mode=control",
		"-chardev", "file,id=console,append=on,path="+handed(consoleFD), "-serial", "chardev:console",
		"-device", "virtio-serial-pci",
		"-chardev", fmt.Sprintf("socket,id=agent,fd=%d", agentFD),
		"-device", "virtserialport,chardev=agent,id="+orderAgent+",name="+agentPort,
		"-chardev", fmt.Sprintf("socket,id=freezer,fd=%d", snapshotFD),
		"-device", "virtserialport,chardev=freezer,id="+orderSnapshot+",name="+snapshotPort,
		"-blockdev", blockdev("disk", handed(diskFD), false), "-device", "virtio-blk-pci,drive=disk,bootindex=1",
	)
	user := "user,id=net,ipv6=off"
	if id.Hostname != "" {
		user += ",hostname=" + comma(id.Hostname)
	}
	args = append(args, "-netdev", user, "-device", "virtio-net-pci,netdev=net,romfile=")
	args = append(args, handOver(consoleFD, diskFD)...)
	if id.Firmware == uefiFirmware {
		args = slices.Concat(args, handOver(varsFD), flash(handed(varsFD)))
	}
	return args
}

// board is the machine type without disk controllers, buses and backdoors that our guests
// do not need. Its memory is not dumped and not shared with other machines.
const board = "q35,graphics=off,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off"

// hardware returns the arguments that all our virtual machines have. Without graphics the
// firmware uses the serial console too. The processor without KVM is the oldest that
// today's distributions support: programs would use the wide registers of newer ones,
// which are slow to emulate.
func hardware(using string, cpus, memoryMiB int) []string {
	accel, cpu := "kvm", "host"
	if using == tcg {
		accel, cpu = fmt.Sprintf("tcg,thread=multi,tb-size=%d", translationMiB), "qemu64,-svm,+ssse3,+sse4.1,+sse4.2,+popcnt"
	}
	return []string{
		"-nodefaults", "-no-user-config", "-machine", board, "-accel", accel, "-cpu", cpu,
		"-smp", fmt.Sprint(cpus), "-m", fmt.Sprintf("%dM", memoryMiB), "-vga", "none",
		"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
	}
}

// comma escapes commas in the value of an option.
func comma(value string) string { return strings.ReplaceAll(value, ",", ",,") }

// blockdev describes a disk file in the page cache of the host. A flush of the guest does
// not reach the host's disk, because a machine is lost with its host anyway; whoever
// keeps its disk syncs the file. Blocks that the guest discards become holes.
func blockdev(name, file string, readOnly bool) string {
	text, _ := json.Marshal(map[string]any{ // a map of strings cannot fail
		"driver": "raw", "node-name": name, "discard": "unmap", "detect-zeroes": "unmap", "read-only": readOnly,
		"cache": map[string]any{"no-flush": true},
		"file":  map[string]any{"driver": "file", "filename": file, "discard": "unmap"},
	})
	return string(text)
}

var errNoUEFI = errors.New("UEFI firmware is missing: install the package ovmf")
