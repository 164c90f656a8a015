package machinetest

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// Forged is a process of another user whose name and arguments look like ours.
type Forged struct {
	cmd *exec.Cmd
	in  io.Closer
}

// nobody is the user that owns nothing.
const nobody = 65534

// Forge starts a process of a user without rights that has the given name and arguments,
// and a child.
func Forge(t testing.TB, name string, argv ...string) *Forged {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("to be another user needs root")
	}
	const body = `sleep 1000 <&- >&- 2>&- & echo "$0" >/proc/$$/comm; echo forged; read -r _; kill $!`
	f := &Forged{cmd: &exec.Cmd{
		Path: "/bin/sh", Args: append([]string{argv[0], "-c", body, name}, argv[1:]...), Dir: "/", Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}},
	}}
	in, ierr := f.cmd.StdinPipe()
	out, oerr := f.cmd.StdoutPipe()
	if err := errors.Join(ierr, oerr, f.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	f.in = in
	t.Cleanup(func() { in.Close() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "forged\n" {
		t.Fatalf("it printed %q, %v", line, err)
	}
	return f
}

// Ended ends the process and returns an error if it or its child was killed before.
func (f *Forged) Ended() error { return errors.Join(f.in.Close(), f.cmd.Wait()) }
