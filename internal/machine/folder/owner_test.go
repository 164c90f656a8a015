package folder_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/filelock"
	"ingot/internal/machine/folder"
)

// TestMain makes the test binary a process that owns a lock, listens on a socket, or
// removes folders with few descriptors.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "own":
			os.Exit(hold(own(os.Args[2])))
		case "listen":
			os.Exit(hold(net.Listen("unix", os.Args[2])))
		case "remove":
			os.Exit(remove(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

func own(path string) (*os.File, error) {
	f, err := filelock.Try(path)
	if err != nil {
		return nil, err
	}
	return f, folder.Own(f.Fd())
}

// hold prints that it holds something and waits until its input ends.
func hold(what any, err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("holds")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Fprint(io.Discard, what)
	return 0
}

// another starts this program in another role and waits until it holds its file or
// socket.
func another(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], role, path)
	cmd.Stderr = os.Stderr
	in, ierr := cmd.StdinPipe()
	out, oerr := cmd.StdoutPipe()
	if err := errors.Join(ierr, oerr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // it may have been killed
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "holds\n" {
		t.Fatalf("it printed %q, %v", line, err)
	}
	return cmd
}

func TestOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if p, err := folder.Owner(path); p != nil || err != nil {
		t.Errorf("a missing file has the owner %v, %v", p, err)
	}
	lock, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := folder.Owner(path); p != nil || err != nil {
		t.Errorf("a file that is only locked has the owner %v, %v", p, err)
	}
	lock.Close()
	cmd := another(t, "own", path)
	p, err := folder.Owner(path)
	if err != nil || p == nil || p.Pid != cmd.Process.Pid {
		t.Fatalf("the owner is %v, %v, not %d", p, err, cmd.Process.Pid)
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if again, err := folder.Owner(path); again != nil || err != nil {
		t.Errorf("an owner that has ended is %v, %v", again, err)
	}
	if err := p.Kill(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a process with the number of an owner that has ended could be killed: %v", err)
	}
}

// TestListener finds a supervisor that owns no lock, as of an earlier release, and one
// that is stopped.
func TestListener(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	cmd := another(t, "listen", socket)
	dial := func() (net.Conn, error) { return net.Dial("unix", socket) }
	find := func() *os.Process { return folder.Supervisor(filepath.Join(dir, "lock"), dial) }
	if p := find(); p == nil || p.Pid != cmd.Process.Pid {
		t.Errorf("it is %v, not %d", p, cmd.Process.Pid)
	}
	if err := cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p := find()
	if p == nil || p.Pid != cmd.Process.Pid {
		t.Fatalf("one that is stopped is %v, not %d", p, cmd.Process.Pid)
	}
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if p, err := folder.Peer(conn); p != nil || err == nil {
		t.Errorf("a process with the number of a listener that has ended is taken for it: %v, %v", p, err)
	}
	if p := find(); p != nil {
		t.Errorf("one that has ended is %v", p)
	}
}
