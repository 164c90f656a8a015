package qemu

import (
	"fmt"
	"hash/fnv"
	"path/filepath"

	"ingot/internal/machine"
	"ingot/internal/machine/folder"
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
	Leashed     bool   `json:"leashed,omitempty"` // it ends with the process that launched it
}

// keyOf is the name of a machine in lists that all of the host shares: its token
// and what tells its folder from those of other servers and of the other backend.
func keyOf(dir string) string { return filepath.Base(dir) + scopeOf(filepath.Dir(dir)) }

func scopeOf(machines string) string {
	h := fnv.New32a()
	h.Write([]byte(machines))
	return fmt.Sprintf(".qemu.%08x", h.Sum32())
}

func (id identity) save(dir string) error { return folder.Save(filepath.Join(dir, identityFile), id) }

func loadIdentity(dir string) (id identity, err error) {
	err = folder.Load(filepath.Join(dir, identityFile), &id)
	return id, err
}

// loadExit says how the machine in a folder ended. A supervisor that was killed
// leaves no word, and its QEMU went with it.
func loadExit(dir string) (machine.Exit, error) {
	return folder.Exit(filepath.Join(dir, exitFile), "its supervisor was killed, and the virtual machine with it")
}

// alive says whether somebody launches or supervises the machine.
func alive(dir string) bool { return folder.Locked(filepath.Join(dir, lockFile)) }
