package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
)

// Files in the folder of a machine.
const (
	identityFile = "qemu.json"
	lockFile     = "qemu.lock"
	socketFile   = "qemu.sock"
	exitFile     = "qemu.exit"
	logFile      = "qemu.log"
	varsFile     = "qemu.vars"
	mountDir     = "qemu.mount"
	consoleFile  = "console.log"
)

// identity is what a machine was launched as; its supervisor starts QEMU from it.
type identity struct {
	Token       string `json:"token"`
	Disk        string `json:"disk"`
	CPUs        int    `json:"cpus"`
	MemoryMiB   int    `json:"memoryMiB"`
	Tasks       int    `json:"tasks,omitempty"`
	Hostname    string `json:"hostname,omitempty"`
	Firmware    string `json:"firmware"`
	Accelerator string `json:"accelerator"`
	Continues   bool   `json:"continues,omitempty"`
}

// keyOf is the name of a machine in lists that all of the host shares: its token
// and what tells its folder from those of other servers and of the other backend.
func keyOf(dir string) string { return filepath.Base(dir) + scopeOf(filepath.Dir(dir)) }

func scopeOf(machines string) string {
	h := fnv.New32a()
	h.Write([]byte(machines))
	return fmt.Sprintf(".qemu.%08x", h.Sum32())
}

func (id identity) save(dir string) error { return saveJSON(filepath.Join(dir, identityFile), id) }

func loadIdentity(dir string) (id identity, err error) {
	err = loadJSON(filepath.Join(dir, identityFile), &id)
	return id, err
}

// loadExit says how the machine in a folder ended. A supervisor that was killed
// leaves no word, and its QEMU went with it.
func loadExit(dir string) (machine.Exit, error) {
	var exit machine.Exit
	err := loadJSON(filepath.Join(dir, exitFile), &exit)
	if errors.Is(err, os.ErrNotExist) {
		return machine.Exit{Kind: machine.Killed, Detail: "its supervisor was killed, and the virtual machine with it"}, nil
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

// takeLock takes the lock of a machine, which is held while it is launched and
// while its supervisor lives.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
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

// alive says whether somebody launches or supervises the machine.
func alive(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
