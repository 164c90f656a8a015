package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ingot/internal/agent/agenttest"
	"ingot/internal/machine"
)

// inhabited is a machine of which there is only its agent, a real one on this host.
type inhabited struct {
	machine.Machine
	dir string
}

func (m inhabited) Dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(m.dir, "agent"))
}

func (m inhabited) DialShell(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(m.dir, "shell"))
}

func inhabit(t *testing.T, more ...string) inhabited {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	args := append([]string{"serve", "--socket", filepath.Join(dir, "agent"), "--state", filepath.Join(dir, "state")}, more...)
	cmd := exec.Command(agenttest.Binary(t), args...)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return inhabited{dir: dir}
}

// TestEntering enters a machine whose agent gives shells, and one whose agent is of a
// release that gave none.
func TestEntering(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	defer func(before *os.File) { os.Stdin = before }(os.Stdin)
	os.Stdin = null // of the shell
	for _, more := range [][]string{{"--shell", "shell"}, nil} {
		var out bytes.Buffer
		c := &cobra.Command{}
		c.SetContext(t.Context())
		c.SetIn(strings.NewReader("echo from a line\n"))
		c.SetOut(&out)
		if err := enter(c, inhabit(t, more...)); err != nil {
			t.Errorf("%q: %v", more, err)
		}
		if lines := strings.Contains(out.String(), "from a line\n"); lines != (more == nil) {
			t.Errorf("%q: line by line it says %q", more, &out)
		}
	}
}
