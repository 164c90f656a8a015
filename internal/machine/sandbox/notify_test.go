package sandbox_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ingot/internal/machine/sandbox"
)

// notify sends a message as systemd-nspawn does.
func notify(path, text string) int {
	conn, err := net.Dial("unixgram", path)
	if err == nil {
		_, err = conn.Write([]byte(text))
	}
	if err != nil {
		return 1
	}
	return 0
}

// TestOnlyNspawnNamesTheLeader has another process name a leader, and then the right one.
func TestOnlyNspawnNamesTheLeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	said, stop, err := sandbox.Leaders(path, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	// Messages come in the order in which they were sent.
	if out, err := exec.Command(os.Args[0], "helper", "notify", path, "X_NSPAWN_LEADER_PID=1\nREADY=1").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if status := notify(path, "STATUS=Container running.\nX_NSPAWN_LEADER_PID=4711"); status != 0 {
		t.Fatal("nothing was sent")
	}
	if leader := <-said; leader != 4711 {
		t.Errorf("the leader is %d", leader)
	}
}
