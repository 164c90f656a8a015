package supervise

import (
	"log/slog"
	"runtime"

	"golang.org/x/sys/unix"
)

// Clamp returns the processors and MiB of memory that a machine can have on this host.
// least is the memory that the backend's machines need to start.
func Clamp(log *slog.Logger, token string, cpus, memoryMiB, least int) (int, int) {
	within := func(unit string, asked, low, high int) int {
		given := max(low, min(asked, high))
		if given != asked {
			log.Info("the size of a machine was changed to what is possible here", "token", token, "asked", asked, "given", given, "unit", unit)
		}
		return given
	}
	return within("vCPUs", cpus, 1, runtime.NumCPU()), within("MiB of memory", memoryMiB, least, hostMemoryMiB()*9/10)
}

// hostMemoryMiB returns the memory of this host, or 0 if the kernel does not tell.
func hostMemoryMiB() int {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int(uint64(info.Totalram) * uint64(info.Unit) >> 20)
}
