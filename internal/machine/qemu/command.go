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

// handOver tells QEMU of files that it gets open.
func handOver(descriptors ...int) (args []string) {
	for _, fd := range descriptors {
		args = append(args, "-add-fd", fmt.Sprintf("fd=%[1]d,set=%[1]d", fd))
	}
	return args
}

// handed is the name of such a file.
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

// translationMiB is the memory for translated code without KVM; QEMU's own default
// grows with the host.
const translationMiB = 256

// What QEMU needs beside the guest's memory: its own, the page cache of the disk,
// translated code; and its threads, of which those for I/O come and go.
const (
	overheadMiB = 768
	qemuTasks   = 512
)

func (id identity) limits() cgroup.Limits {
	return cgroup.Limits{CPUs: id.CPUs, MemoryMiB: id.MemoryMiB + overheadMiB, Tasks: qemuTasks, Devices: devices}
}

// devices are those that QEMU opens: null, random and urandom, and KVM.
var devices = []cgroup.Device{
	{Major: 1, Minor: 3, Access: "rw"},
	{Major: 1, Minor: 8, Access: "r"},
	{Major: 1, Minor: 9, Access: "r"},
	{Major: 10, Minor: 232, Access: "rw"},
}

// arguments are those of QEMU for a machine.
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

// board has no disk controller, bus or backdoor that no guest of ours needs, and its
// memory is in no dump and shared with no other machine's.
const board = "q35,graphics=off,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off"

// hardware is what all our virtual machines have in common. Without graphics the
// firmware, too, speaks on the serial console. The processor without KVM is the least
// that today's distributions ask for: the wide registers of newer ones are slow to
// imitate, and programs would use them.
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

// comma lets a value with commas stand in an option.
func comma(value string) string { return strings.ReplaceAll(value, ",", ",,") }

// blockdev describes a disk file in the page cache of the host. What the guest flushes
// stays there: a machine is lost with its host, and who keeps its disk syncs the file.
// What the guest frees becomes a hole.
func blockdev(name, file string, readOnly bool) string {
	text, _ := json.Marshal(map[string]any{ // a map of strings cannot fail
		"driver": "raw", "node-name": name, "discard": "unmap", "detect-zeroes": "unmap", "read-only": readOnly,
		"cache": map[string]any{"no-flush": true},
		"file":  map[string]any{"driver": "file", "filename": file, "discard": "unmap"},
	})
	return string(text)
}

var errNoUEFI = errors.New("UEFI firmware is missing: install the package ovmf")
