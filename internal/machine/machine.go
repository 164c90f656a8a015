// Package machine is the interface of the backends that run build and test instances.
//
// Terms:
//
//   - machine: one instance on this host: a disk file that runs, with an agent inside;
//     it outlives reboots and the server that started it.
//   - backend: what makes machines: sandbox (the image's own systemd in namespaces),
//     qemu (a virtual machine) or memory (for tests of the engine).
//   - token: the name of a machine everywhere: its folder, control groups, network
//     namespace and processes. Two launches with one token make one machine.
//   - life: the time of a machine from one boot to the next.
//   - supervisor: a process of ours for each machine, in a session of its own, that
//     outlives the server; it starts the machine, limits it, connects its network and
//     records how it ended.
//
// Every backend passes the suite in machinetest.
package machine

import (
	"context"
	"errors"
	"net"
	"time"
)

// ErrNotFound is returned by [Backend.Attach] if no live machine has the token.
var ErrNotFound = errors.New("no live machine has this token")

// Backend makes machines and finds them again.
type Backend interface {
	// Launch returns the live machine that has the token, or starts one on spec.Disk. It
	// returns as soon as the machine's supervisor runs; the agent answers [Machine.Dial]
	// when the system inside is up.
	Launch(ctx context.Context, spec Spec) (Machine, error)
	// Attach returns the live machine that has the token, or ErrNotFound.
	Attach(ctx context.Context, token string) (Machine, error)
	// Tokens returns every token of which the kernel or the machines' folder still has
	// something: mounts, loop devices, cgroups, namespaces, links, files. Names of
	// processes do not count.
	Tokens(ctx context.Context) ([]string, error)
	// Destroy ends the machine and removes all that is left of it, in this order: thaw,
	// kill, unmount, detach, links, namespaces, cgroups, folder. The folder includes the
	// disk. Destroy returns nil if nothing was left.
	Destroy(ctx context.Context, token string) error
}

// Machine is one running instance. Its methods are safe for use from several
// goroutines.
type Machine interface {
	// Dial connects to the agent; it waits until the agent listens or ctx ends. There is
	// one connection at a time; a new one replaces the old. If the machine has ended, the
	// error is an *Exit.
	Dial(ctx context.Context) (net.Conn, error)
	// Snapshot writes a consistent copy of the disk to the file dst while the machine
	// runs: freeze, clone, thaw. The copy has no files of the agent.
	Snapshot(ctx context.Context, dst string) error
	// Stop shuts the machine down and returns when its disk is unmounted, detached, on
	// stable storage and without files of the agent. If the system inside does not shut
	// down before ctx ends, Stop kills the machine and returns the *Exit.
	Stop(ctx context.Context) error
	// Wait waits until the machine has ended and returns how.
	Wait(ctx context.Context) (Exit, error)
}

// Spec is what a machine is made from.
type Spec struct {
	Token     string // 3 to 40 of [a-z0-9-]
	Disk      string // raw disk file, owned by the machine while it lives
	CPUs      int    // vCPUs, at least 1; more than the host has are clamped
	MemoryMiB int    // hard limit
	Tasks     int    // limit of processes and threads; 0: the backend's default
	Hostname  string
	// Continues is true for a disk in the middle of a build: /tmp stays as the step
	// before left it. Otherwise /tmp is emptied, as in a boot.
	Continues bool
	// Firmware is "bios" or "uefi"; if it is empty, the disk decides. Only qemu uses it.
	Firmware string
}

// ExitKind is a way in which a machine ends.
type ExitKind string

// The ways a machine ends.
const (
	PoweredOff  ExitKind = "powered off"
	Killed      ExitKind = "killed"
	OutOfMemory ExitKind = "out of memory"
	OutOfGroups ExitKind = "out of control groups"
	Crashed     ExitKind = "crashed"
)

// Exit is how a machine ended; Detail is a sentence for the user.
type Exit struct {
	Kind   ExitKind
	Detail string
	At     time.Time
}

func (e *Exit) Error() string {
	if e.Detail == "" {
		return "the machine ended: " + string(e.Kind)
	}
	return "the machine ended: " + e.Detail
}

// Consoler is implemented by machines with a console. Console returns the path of a file
// that grows while the machine runs and stays until Destroy.
type Consoler interface {
	Console() string
}

// MemoryTeller is implemented by machines that live on at their memory limit. OutOfMemory
// reports whether a process in the machine was killed because of it.
type MemoryTeller interface {
	OutOfMemory() bool
}

// TaskTeller is implemented by machines that notice their limit of processes and threads.
// OutOfTasks returns the limit if it was met, else 0.
type TaskTeller interface {
	OutOfTasks() int
}
