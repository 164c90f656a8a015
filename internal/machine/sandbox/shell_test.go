package sandbox_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"context"

	"ingot/internal/agent/shell"
	"ingot/internal/machine/sandbox"
)

// converse runs a shell in the machine for a person.
func (r *running) converse(ctx context.Context, p shell.Person) (status int, err error) {
	conn, err := r.Machine.(interface {
		DialShell(context.Context) (net.Conn, error)
	}).DialShell(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return shell.Run(ctx, conn, p)
}

// shell runs a script in a shell of the machine and returns its output.
func (r *running) shell(script string, terminal *shell.Terminal) string {
	r.Helper()
	r.exec("true") // the agent answers
	var out bytes.Buffer
	status, err := r.converse(r.Context(), shell.Person{In: strings.NewReader(script), Out: &out, Err: &out, Terminal: terminal})
	if err != nil || status != 0 {
		r.Errorf("a shell ends with status %d, %v: %s", status, err, &out)
	}
	return out.String()
}

// confined are the lines of /proc/PID/status about what a process may do.
var confined = []string{"CapBnd:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:"}

// TestShellIsConfined opens a shell with and without a terminal, and
// compares what it may do with the machine's process 1.
func TestShellIsConfined(t *testing.T) {
	r := start(t).launch()
	r.exec("echo inside >/root/where")
	said := r.shell("cat where; tty; cat /proc/self/status; exit\n", nil)
	if !strings.Contains(said, "inside\nnot a tty") {
		t.Errorf("without a terminal: %s", said)
	}
	leader := sandbox.Leader(t, r.dir)
	for _, file := range []string{"ns/user", "ns/pid", "ns/mnt", "ns/net"} {
		theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/%s", leader, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(r.shell("readlink /proc/self/"+file+"\n", nil)); got != theirs {
			t.Errorf("the shell's %s is %s, the machine's %s", file, got, theirs)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", leader))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); slices.Contains(confined, f[0]) && !strings.Contains(said, line) {
			t.Errorf("the machine has %q, the shell in it has not:\n%s", line, said)
		}
	}
	said = r.shell("tty; readlink /proc/$$/fd/0; stty size; exit\n", &shell.Terminal{Name: "vt52", Size: shell.Size{Rows: 33, Columns: 111}})
	if !strings.Contains(said, "/dev/pts/") || !strings.Contains(said, "33 111") {
		t.Errorf("with a terminal: %s", said)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
