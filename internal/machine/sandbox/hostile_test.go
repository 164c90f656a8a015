package sandbox_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingot/internal/agent/client"
	"ingot/internal/machine/sandbox"
)

// TestReplacedSockets has root inside replace the agent's sockets by a
// link to the supervisor's socket, a pipe, a folder, and a socket of another kind. The
// host does not follow links and does not wait longer than its context.
func TestReplacedSockets(t *testing.T) {
	r := start(t).launch()
	enough := errors.New("enough")
	for _, replace := range []string{
		"ln -s " + filepath.Join(r.dir, "sandbox.sock") + " $s", "mkfifo $s", "mkdir $s",
		"python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' $s",
	} {
		r.exec("cd /run/ingot; for s in agent.sock shell.sock; do rm -rf $s; " + replace + "; done")
		if conn, err := r.Machine.(interface {
			DialShell(context.Context) (net.Conn, error)
		}).DialShell(t.Context()); err == nil {
			t.Errorf("%s: the host is connected to %v", replace, conn.RemoteAddr())
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, enough)
		if conn, err := r.Dial(ctx); !errors.Is(err, enough) {
			t.Errorf("%s: the host is connected to %v, %v", replace, conn, err)
		}
		cancel()
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestLinksAreNotFollowedAtARestart has root inside, which is root on the host here, make
// links to a file of the host in all folders that the host gives it, and restart. The
// next boot finds everything as the first did, and the file is unchanged.
func TestLinksAreNotFollowedAtARestart(t *testing.T) {
	r := start(t)
	r.backend = sandbox.WithoutUsers(r.backend, true)
	agent := filepath.Join(t.TempDir(), "agent")
	if out, err := exec.Command("cp", r.backend.Agent, agent).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.backend.Agent = agent
	made, err := os.Stat(agent)
	if err != nil {
		t.Fatal(err)
	}
	r.launch()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("as it was"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := r.exec(`victim=` + victim + `
mount -o remount,rw,bind /run/ingot/ingot-agent && touch -d 2001-01-01 /run/ingot/ingot-agent
umount -l /run/ingot/ingot-agent && rm /run/ingot/ingot-agent && mkfifo /run/ingot/ingot-agent
mount -o remount,rw,bind /run/ingot/host || exit 0
cd /run/ingot/host
for f in environment up units/ingot-agent.service; do rm -f $f; ln -s $victim $f; done
rm -rf generators; ln -s $(dirname $victim) generators
umount /run/ingot/host && rmdir /run/ingot/host && ln -s $(dirname $victim) /run/ingot/host
echo replaced`)
	if said != "replaced" {
		t.Log("root inside cannot write to what the host gives it")
	}
	before, err := r.agent.Hello(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.restart(before.Boot)
	if left, err := os.ReadDir(filepath.Dir(victim)); err != nil || len(left) != 1 {
		t.Errorf("files were made beside it: %v, %v", left, err)
	}
	if now, err := os.Stat(agent); err != nil || !now.ModTime().Equal(made.ModTime()) {
		t.Errorf("the host's agent is changed: %v, %v", now, err)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "as it was" {
		t.Errorf("the file of the host is %q, %v", text, err)
	}
	if said := r.exec("ls /run/ingot/host; systemctl is-active ingot-agent"); !strings.Contains(said, "units") || !strings.Contains(said, "\nactive") {
		t.Errorf("the machine has %q", said)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// restart restarts the system and waits for the agent of the next boot.
func (r *running) restart(boot string) {
	r.Helper()
	r.exec("systemd-run --on-active=0.1 systemctl reboot")
	for {
		r.agent.Close()
		r.agent = client.New(r.Dial)
		hello, err := r.agent.Hello(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		if hello.Boot != boot {
			return
		}
	}
}
