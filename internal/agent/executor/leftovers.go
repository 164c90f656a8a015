package executor

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// killLeftovers kills the processes of a step whose agent has died. The kernel does not
// reuse the id of a group while it has members; a leader with another start time leads
// another group.
func killLeftovers(group int, start string) {
	if now := startTime(group); group > 1 && start != "" && (now == start || now == "") {
		_ = syscall.Kill(-group, syscall.SIGKILL) // ESRCH: they are gone
	}
	killSince(start)
}

// agentUnit is the service that an agent runs as in a machine. Only there all processes
// of its control group are its own.
const agentUnit = "ingot-agent.service"

// killSince kills what an interrupted step has left in the agent's control group: all
// processes but the agent that began at or after the step's process, also in sessions of
// their own. Services that a step started are the system's and have groups of their own.
func killSince(start string) {
	since, err := strconv.ParseUint(start, 10, 64)
	group, ok := controlGroup("self")
	if err != nil || !ok || path.Base(group) != agentUnit {
		return
	}
	// Stopped processes do not fork; the bound is for processes that cannot be killed.
	const passes = 100
	for range passes {
		found := strays(group, since)
		for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
			for _, pid := range found {
				_ = syscall.Kill(pid, signal) // ESRCH: it is gone
			}
		}
		if len(found) == 0 {
			return
		}
	}
}

// strays lists the living processes of a control group that began at or after a
// time, in the kernel's ticks.
func strays(group string, since uint64) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() || pid == 1 {
			continue
		}
		if at, ok := controlGroup(entry.Name()); !ok || at != group {
			continue
		}
		began, err := strconv.ParseUint(startTime(pid), 10, 64)
		if err == nil && began >= since && !zombie(pid) {
			found = append(found, pid)
		}
	}
	return found
}

// controlGroup returns the control group of a process in systemd's own hierarchy, or in
// the unified one.
func controlGroup(pid string) (string, bool) {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", false
	}
	found, ok := "", false
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[1] == "name=systemd" || parts[1] == "" && !ok) {
			found, ok = parts[2], true
		}
	}
	return found, ok
}

func zombie(pid int) bool {
	fields := statFields(pid)
	return len(fields) == 0 || fields[0] == "Z"
}

// startTime returns the 22nd field of /proc/PID/stat: when the process began, in ticks
// since the kernel's boot. It is empty when there is no such process.
func startTime(pid int) string {
	const startField = 22 - 3 // the fields begin with the third
	if fields := statFields(pid); len(fields) > startField {
		return fields[startField]
	}
	return ""
}

// statFields returns the fields of /proc/PID/stat from the third, the state, on. The
// second is a name in parentheses that may hold anything.
func statFields(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}
