package sandbox

import (
	"context"
	"errors"
	"os"
	"time"

	"ingot/internal/filelock"
	"ingot/internal/machine/supervise"
)

// Files in the folder of a machine, beside those of every supervisor.
const (
	freezeFile  = "sandbox.freeze"
	notifyFile  = "sandbox.notify"
	tmpFile     = "tmp.conf"
	resolvFile  = "resolv.conf"
	mountDir    = "root"
	runDir      = "run"
	hostDir     = "host"
	consoleFile = "console.log"
	agentSocket = "agent.sock"
	shellSocket = "shell.sock"
)

// identity is what a machine was launched as. Its supervisor reads it.
type identity struct {
	Token     string `json:"token"`
	Disk      string `json:"disk"`
	Agent     string `json:"agent"`
	CPUs      int    `json:"cpus"`
	MemoryMiB int    `json:"memoryMiB"`
	Tasks     int    `json:"tasks"`
	Hostname  string `json:"hostname,omitempty"`
	Continues bool   `json:"continues,omitempty"`
	// Users reports that the machine has a user namespace.
	Users bool `json:"users"`
}

func loadIdentity(dir string) (id identity, err error) {
	err = kind.Load(dir, &id)
	return id, err
}

// lockTime bounds the wait for a lock. A process that only looks for a frozen disk holds
// it for milliseconds.
const lockTime = 2 * time.Second

// awaitLock takes a lock that another process may hold for a moment.
func awaitLock(ctx context.Context, path string) (*os.File, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lockTime, filelock.ErrLocked)
	defer cancel()
	for {
		f, err := filelock.Try(path)
		if !errors.Is(err, filelock.ErrLocked) {
			return f, err
		}
		if err := supervise.Pause(ctx); err != nil {
			return nil, err
		}
	}
}
