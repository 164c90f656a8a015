package sandbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"ingot/internal/machine"
	"ingot/internal/machine/folder"
)

// Files in the folder of a machine.
const (
	identityFile = "sandbox.json"
	lockFile     = "sandbox.lock"
	freezeFile   = "sandbox.freeze"
	socketFile   = "sandbox.sock"
	notifyFile   = "sandbox.notify"
	exitFile     = "sandbox.exit"
	logFile      = "sandbox.log"
	tmpFile      = "tmp.conf"
	resolvFile   = "resolv.conf"
	mountDir     = "root"
	runDir       = "run"
	hostDir      = "host"
	consoleFile  = "console.log"
	agentSocket  = "agent.sock"
	shellSocket  = "shell.sock"
)

// identity is what a machine was launched as; its supervisor works from it.
type identity struct {
	Token     string `json:"token"`
	Disk      string `json:"disk"`
	Agent     string `json:"agent"`
	CPUs      int    `json:"cpus"`
	MemoryMiB int    `json:"memoryMiB"`
	Tasks     int    `json:"tasks"`
	Hostname  string `json:"hostname,omitempty"`
	Continues bool   `json:"continues,omitempty"`
	// Users says that root inside is nobody on the host.
	Users bool `json:"users"`
}

func (id identity) save(dir string) error { return folder.Save(filepath.Join(dir, identityFile), id) }

func loadIdentity(dir string) (id identity, err error) {
	err = folder.Load(filepath.Join(dir, identityFile), &id)
	return id, err
}

// loadExit says how the machine in a folder ended. A supervisor that was killed
// leaves no word.
func loadExit(dir string) (machine.Exit, error) {
	return folder.Exit(filepath.Join(dir, exitFile), "its supervisor was killed")
}

// lockTime bounds how long a lock may be waited for. Whoever only looks for a frozen
// disk holds it for milliseconds.
const lockTime = 2 * time.Second

// awaitLock takes a lock that somebody else may hold for a moment.
func awaitLock(ctx context.Context, dir, name string) (*os.File, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lockTime, folder.ErrLocked)
	defer cancel()
	for {
		f, err := folder.Lock(filepath.Join(dir, name))
		if !errors.Is(err, folder.ErrLocked) {
			return f, err
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// alive says whether somebody launches or supervises the machine.
func alive(dir string) bool { return folder.Locked(filepath.Join(dir, lockFile)) }
