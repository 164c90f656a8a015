package sandbox

import "ingot/internal/machine/cgroup"

// devices are those that give no access to the host and that every system expects: null,
// zero, full, random, urandom, tty, ptmx and its terminals. The console of a machine is
// such a terminal.
var devices = []cgroup.Device{
	{Major: memoryMajor, Minor: 3, Access: "rwm"},
	{Major: memoryMajor, Minor: 5, Access: "rwm"},
	{Major: memoryMajor, Minor: 7, Access: "rwm"},
	{Major: memoryMajor, Minor: 8, Access: "rwm"},
	{Major: memoryMajor, Minor: 9, Access: "rwm"},
	{Major: terminalMajor, Minor: 0, Access: "rwm"},
	{Major: terminalMajor, Minor: 2, Access: "rwm"},
	{Major: ptsMajor, Minor: cgroup.AnyMinor, Access: "rw"},
}

// Drivers, from the kernel's Documentation/admin-guide/devices.txt.
const (
	memoryMajor   = 1
	terminalMajor = 5
	ptsMajor      = 136
)
