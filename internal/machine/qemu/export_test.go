package qemu

import (
	"context"
	"path/filepath"
	"time"
)

// Accelerators, for tests.
const (
	KVM = kvm
	TCG = tcg
)

// Home returns the folder with all that was installed with a program.
var Home = home

// Smoke runs the test of KVM with the given accelerator.
func (b *Backend) Smoke(ctx context.Context, guest, using string, silent time.Duration) (fault, err error) {
	return b.smoke(ctx, guest, using, silent)
}

// InCell runs a program in a cell and returns its output.
func InCell(helper []string, program string, args ...string) ([]byte, error) {
	user, held, err := takeUser("test")
	if err != nil {
		return nil, err
	}
	defer held.Close()
	c := cell{User: user, Program: program, Args: args, Folders: []string{filepath.Dir(program)}, Resolver: hostResolver}
	return c.output(helper)
}

// Remove removes everything of the agent from a root.
var Remove = remove

// SupervisorOf is where a test finds the supervisor of a machine.
var SupervisorOf = kind.Supervisor

// Clean takes the agent off the disk of a machine that is off, whose folder is dir.
func Clean(ctx context.Context, dir, file string) error {
	return (&Machine{dir: dir, id: identity{Disk: file}}).clean(ctx)
}
