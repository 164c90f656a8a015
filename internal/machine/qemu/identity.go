package qemu

// Files in the folder of a machine, beside those of every supervisor.
const (
	varsFile    = "qemu.vars"
	mountDir    = "qemu.mount"
	consoleFile = "console.log"
)

// identity is what a machine was launched as. Its supervisor reads it.
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
	Leashed     bool   `json:"leashed,omitempty"` // ends with the process that launched it
}

func loadIdentity(dir string) (id identity, err error) {
	err = kind.Load(dir, &id)
	return id, err
}
