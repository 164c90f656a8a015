package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"ingot/internal/machine/folder"
)

// supervisorOf gives the supervisor of a machine, or nil.
func supervisorOf(ctx context.Context, dir string) *os.Process {
	return folder.Supervisor(filepath.Join(dir, lockFile), func() (net.Conn, error) { return order(ctx, dir, orderWatch) })
}

// endSupervisor kills the supervisor of a machine and waits until it is gone. The system
// inside goes with it, or with its control group. Who only launches a machine is no
// supervisor and is waited for.
func endSupervisor(ctx context.Context, dir string) error {
	for alive(dir) {
		kill(supervisorOf(ctx, dir))
		if pause(ctx) != nil {
			return fmt.Errorf("the supervisor of the machine in %s does not end", dir)
		}
	}
	return nil
}

// endFreezer kills who copies the disk of a machine, and thaws until it is gone: what
// waits for a frozen disk cannot end. One of a release that did not own its lock ends by
// itself, when it is thawed.
func endFreezer(ctx context.Context, dir, file string) error {
	path := filepath.Join(dir, freezeFile)
	for folder.Locked(path) {
		if p, err := folder.Owner(path); err == nil {
			kill(p)
		}
		if err := thawAll(dir, file); err != nil {
			return err
		}
		if pause(ctx) != nil {
			return fmt.Errorf("whoever copies the disk of the machine in %s does not end", dir)
		}
	}
	return nil
}

// kill kills a process, if there is one. Its end is seen elsewhere.
func kill(p *os.Process) {
	if p != nil {
		_ = p.Kill() // it may have ended
		_ = p.Release()
	}
}
