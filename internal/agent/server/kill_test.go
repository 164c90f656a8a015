package server_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ingot/internal/agent/agenttest"
	"ingot/internal/agent/protocol"
)

// ownGroup starts the agent in a control group as systemd would have it.
func ownGroup(t *testing.T, r *rig) {
	t.Helper()
	r.kill()
	root := "/sys/fs/cgroup/systemd"
	if _, err := os.Stat(root); err != nil {
		root = "/sys/fs/cgroup"
	}
	parent, err := os.MkdirTemp(root, "ingot-test-")
	if err != nil {
		t.Skip("this host lets nobody make control groups here: ", err)
	}
	group := filepath.Join(parent, "ingot-agent.service")
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the agent has been killed
		procs := filepath.Join(group, "cgroup.procs")
		eventually(t, func() bool {
			text, _ := os.ReadFile(procs)
			for _, pid := range strings.Fields(string(text)) {
				if p, err := os.FindProcess(atoi(pid)); err == nil {
					_ = p.Kill()
				}
			}
			return os.Remove(group) == nil
		})
		if err := os.Remove(parent); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.kill)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd = exec.Command("/bin/sh", "-c", `echo $$ >"$0" && exec "$@"`, filepath.Join(group, "cgroup.procs"),
		agenttest.Binary(t), "serve", "--socket", r.socket, "--state", r.state)
	r.cmd.Stderr = os.Stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// TestInterruptedStepLeavesNoProcess: in a machine an interrupted step's children are
// killed, even those in sessions of their own; processes of an earlier step stay.
func TestInterruptedStepLeavesNoProcess(t *testing.T) {
	r := newRig(t)
	ownGroup(t, r)
	daemon := func(file string) string { return "setsid sleep 1000 >/dev/null 2>&1 & echo $! >" + file }
	run := r.document("r", "  - {name: Earlier, action: ExecuteBash, inputs: {commands: ['"+daemon("earlier")+"']}}\n"+
		"  - {name: Cut, action: ExecuteBash, timeoutSeconds: 1, inputs: {commands: ['"+daemon("cut")+"', sleep 1000]}}\n")
	result, err := r.client().Run(t.Context(), run, nil)
	if err != nil || result.Status != protocol.Failed || result.Failed.Step != "Cut" {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	pid := func(file string) int {
		text, err := os.ReadFile(filepath.Join(r.work, file))
		if err != nil {
			t.Fatal(err)
		}
		return atoi(strings.TrimSpace(string(text)))
	}
	if p := pid("earlier"); gone(p) {
		t.Error("the process of an earlier step was killed")
	}
	// A killed orphan stays a zombie where PID 1 does not wait for it.
	p := strconv.Itoa(pid("cut"))
	eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + p + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}
