package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
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

func (id identity) save(dir string) error { return saveJSON(filepath.Join(dir, identityFile), id) }

func loadIdentity(dir string) (id identity, err error) {
	err = loadJSON(filepath.Join(dir, identityFile), &id)
	return id, err
}

// loadExit says how the machine in a folder ended. A supervisor that was killed
// leaves no word.
func loadExit(dir string) (machine.Exit, error) {
	var exit machine.Exit
	err := loadJSON(filepath.Join(dir, exitFile), &exit)
	if errors.Is(err, os.ErrNotExist) {
		return machine.Exit{Kind: machine.Killed, Detail: "its supervisor was killed"}, nil
	}
	return exit, err
}

func saveJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	part := path + ".part"
	if err := os.WriteFile(part, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func loadJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

var errLocked = errors.New("the machine is in use")

// takeLock takes a lock of a machine. That of the supervisor is held while the
// machine is launched and while its supervisor lives.
func takeLock(dir, name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errLocked
	}
	return nil, err
}

// lockTime bounds how long a lock may be waited for. Whoever only looks for a frozen
// disk holds it for milliseconds.
const lockTime = 2 * time.Second

// awaitLock takes a lock that somebody else may hold for a moment.
func awaitLock(ctx context.Context, dir, name string) (*os.File, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lockTime, errLocked)
	defer cancel()
	for {
		f, err := takeLock(dir, name)
		if !errors.Is(err, errLocked) {
			return f, err
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// alive says whether somebody launches or supervises the machine.
func alive(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
