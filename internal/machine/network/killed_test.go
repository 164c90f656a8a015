package network_test

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

// TestTheLastThatIsKilledLeavesNoRules detaches machines at once after their kill, while
// the kernel still takes their devices down.
func TestTheLastThatIsKilledLeavesNoRules(t *testing.T) {
	for i := range 20 {
		pid, token := namespace(t), fmt.Sprintf("killed-%d", i)
		if _, err := network.Attach(token, pid); err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := network.Detach(token); err != nil {
			t.Error(err)
		}
		saved, err := exec.Command("iptables-save").Output()
		if err != nil || strings.Contains(string(saved), ":INGOT") {
			t.Fatalf("the rules are left after machine %d, %v", i, err)
		}
	}
}
