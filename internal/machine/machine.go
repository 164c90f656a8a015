// Package machine is the seam behind which build and test instances run.
//
// Terms:
//
//   - machine: one instance on this host: a disk file that runs, with an agent inside;
//     it outlives reboots and the server that started it.
//   - backend: what makes machines: sandbox (the image's own systemd in namespaces),
//     qemu (a virtual machine) or memory (for tests of the engine).
//   - token: the name of a machine everywhere: its folder, control groups, network
//     namespace and processes. Two launches with one token give one machine.
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

// ErrNotFound is the answer of [Backend.Attach] when no live machine carries the
// token.
var ErrNotFound = errors.New("no live machine carries this token")

// Backend makes machines and finds them again.
type Backend interface {
	// Launch ensures a machine by its token: the live one is found, or else one
	// is started on spec.Disk. It returns as soon as the machine's supervisor
	// runs; the agent answers [Machine.Dial] when the system inside is up.
	Launch(ctx context.Context, spec Spec) (Machine, error)
	// Attach finds the live machine that carries token, or gives ErrNotFound.
	Attach(ctx context.Context, token string) (Machine, error)
	// Tokens lists every token of which the kernel or the machines' folder still
	// holds something: mounts, loops, cgroups, namespaces, links, files. What a process
	// calls itself makes no machine appear.
	Tokens(ctx context.Context) ([]string, error)
	// Destroy ends what is left of a machine, in the order that leaves nothing
	// over: thaw, kill, unmount, detach, links, namespaces, cgroups, folder. The
	// disk in the machine's folder goes too. Nothing there is a success.
	Destroy(ctx context.Context, token string) error
}

// Machine is one running instance. Its methods are safe for use from several
// goroutines.
type Machine interface {
	// Dial connects to the agent and waits, until ctx ends, for it to listen. One
	// connection at a time; a new one replaces the old. After the machine has
	// ended it gives an *Exit as error.
	Dial(ctx context.Context) (net.Conn, error)
	// Snapshot writes a consistent copy of the disk to the file dst while the
	// machine runs: freeze, clone, thaw. The copy holds nothing of the agent.
	Snapshot(ctx context.Context, dst string) error
	// Stop powers the machine off in order and returns when its disk is
	// unmounted, detached, on stable storage and holds nothing of the agent. If
	// the system inside does not follow before ctx ends, the machine is killed and
	// the error is the *Exit.
	Stop(ctx context.Context) error
	// Wait blocks until the machine has ended and says how.
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
	// Continues says that the disk is a node in the middle of a build: /tmp must
	// be as the step before left it. False empties /tmp as a boot does.
	Continues bool
	// Firmware is "bios" or "uefi"; empty is what the disk was made for. Only qemu reads it.
	Firmware string
}

// ExitKind says how a machine ended.
type ExitKind string

// The ways a machine ends.
const (
	PoweredOff  ExitKind = "powered off"
	Killed      ExitKind = "killed"
	OutOfMemory ExitKind = "out of memory"
	Crashed     ExitKind = "crashed"
)

// Exit is the end of a machine; Detail is a sentence for the user.
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

// Consoler is the optional power of a machine to show its console: the path of
// a file that grows while the machine runs and stays until Destroy.
type Consoler interface {
	Console() string
}

// MemoryTeller is the optional power of a machine to tell that a process in it was
// killed because of the machine's memory limit, although the machine lives on.
type MemoryTeller interface {
	OutOfMemory() bool
}

// TaskTeller is the optional power of a machine to tell that something in it wanted more
// processes and threads than it may have: the limit, or 0.
type TaskTeller interface {
	OutOfTasks() int
}
