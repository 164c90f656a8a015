package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/shell"
	"ingot/internal/agent/socket"
)

// roleVariable makes another process of these tests: the command of a person, or a
// program of a machine.
const roleVariable = "INGOT_TEST_ROLE"

// TestRole is the body of those processes, and nothing else.
func TestRole(t *testing.T) {
	role, argument, _ := strings.Cut(os.Getenv(roleVariable), ":")
	switch role {
	case "person":
		os.Exit(person(argument))
	case "typist":
		os.Exit(typist(argument))
	}
}

// person is what `ingot machine shell` does with a connection.
func person(socket string) int {
	conn, err := net.Dial("unix", socket)
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM) // as in main
		defer stop()
		err = converse(ctx, conn, os.Stdin, os.Stdout, os.Stderr)
	}
	last := status(exitFailed)
	if err == nil {
		return 0
	}
	if !errors.As(err, &last) {
		fmt.Fprintln(os.Stderr, err)
	}
	return int(last)
}

// typist types into the terminal that it was given, as if a person had.
func typist(text string) int {
	for i := range len(text) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, 0, unix.TIOCSTI, uintptr(unsafe.Pointer(unsafe.StringData(text[i:])))); errno != 0 {
			fmt.Println("refused:", errno)
			return 1
		}
	}
	fmt.Println("typed")
	return 0
}

// command returns a process of another role.
func command(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestRole$")
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "TERM=vt52")
	return cmd
}

// shells listens for shells as an agent does.
func shells(t *testing.T) (path string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "shell") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "sock")
	l, err := socket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- socket.Accept(ctx, l, func(conn net.Conn) { shell.Serve(conn) }) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return path
}

// seat is a terminal with a person's command on it.
type seat struct {
	*testing.T
	near, far *os.File
	before    *unix.Termios
	cmd       *exec.Cmd
}

func sit(t *testing.T, socket string) *seat {
	t.Helper()
	s := &seat{T: t}
	var err error
	if s.near, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { s.near.Close() })
	number := 0
	s.control(s.near, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	})
	if s.far, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.far.Close() })
	s.before = s.modes()
	s.cmd = command("person:" + socket)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.far, s.far, s.far
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it may have ended
	return s
}

func (s *seat) control(f *os.File, do func(fd int) error) {
	s.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		cerr := raw.Control(func(fd uintptr) { err = do(int(fd)) })
		err = errors.Join(err, cerr)
	}
	if err != nil {
		s.Fatal(err)
	}
}

func (s *seat) modes() (modes *unix.Termios) {
	s.Helper()
	s.control(s.far, func(fd int) (err error) {
		modes, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	return modes
}

func (s *seat) types(text string) {
	s.Helper()
	if _, err := io.WriteString(s.near, text); err != nil {
		s.Error(err)
	}
}

// sees reads the screen until there is a text.
func (s *seat) sees(text string) string {
	s.Helper()
	if err := s.near.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		s.Fatal(err)
	}
	var seen strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(seen.String(), text) {
		n, err := s.near.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			s.Fatalf("%q was never seen, but %q: %v", text, &seen, err)
		}
	}
	return seen.String()
}

// leaves waits for the command's end and returns its status. The terminal is to be as it
// was.
func (s *seat) leaves() int {
	s.Helper()
	_ = s.cmd.Wait()
	if after := s.modes(); *after != *s.before {
		s.Errorf("the terminal is left as %+v, it was %+v", after, s.before)
	}
	return s.cmd.ProcessState.ExitCode()
}

// TestAMachineHasNoTerminalOfOurs runs a program in a shell that types into its
// terminal. Had it the caller's, the host's shell would run what was typed.
func TestAMachineHasNoTerminalOfOurs(t *testing.T) {
	s := sit(t, shells(t))
	s.types("tty\n")
	seen := s.sees("/dev/pts/")
	s.types(fmt.Sprintf("%s=typist:x %s -test.run='^TestRole$' && echo do''ne || echo do''ne\n", roleVariable, os.Args[0]))
	seen += s.sees("done")
	if strings.Contains(seen, s.far.Name()+"\r") {
		t.Errorf("the shell has the terminal %s: %q", s.far.Name(), seen)
	}
	if strings.Contains(seen, "refused") {
		t.Log("this kernel lets nobody type into a terminal")
	}
	s.types("\x15exit 5\n") // ctrl-U takes back what was typed into the shell's own
	if got := s.leaves(); got != 5 {
		t.Errorf("the command ends with status %d", got)
	}
	s.control(s.far, func(fd int) error {
		if waiting, err := unix.IoctlGetInt(fd, unix.TIOCINQ); err != nil || waiting != 0 {
			t.Errorf("%d bytes were typed into the caller's terminal, %v", waiting, err)
		}
		return nil
	})
}

// TestATerminalIsAsItWas leaves a shell in every way.
func TestATerminalIsAsItWas(t *testing.T) {
	for name, leave := range map[string]struct {
		by     func(*seat)
		status int
	}{
		"exit":    {func(s *seat) { s.types("exit 7\n") }, 7},
		"keys":    {func(s *seat) { s.types("sleep 1000\n\x1d\x1d\x1d") }, 0},
		"ended":   {func(s *seat) { _ = s.cmd.Process.Signal(unix.SIGTERM) }, exitFailed},
		"hangup":  {func(s *seat) { _ = s.cmd.Process.Signal(unix.SIGHUP) }, exitFailed},
		"quit":    {func(s *seat) { _ = s.cmd.Process.Signal(unix.SIGQUIT) }, exitFailed},
		"lost":    {func(s *seat) { s.types("kill -9 $PPID\n") }, exitFailed},
		"garbage": {func(s *seat) { s.types("kill -9 $PPID\n") }, exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			socket := shells(t)
			if name == "lost" || name == "garbage" {
				socket = imposter(t, map[string]string{"lost": "", "garbage": "o\xff\xff\xff\xff"}[name])
			}
			s := sit(t, socket)
			s.sees("#")
			leave.by(s)
			if got := s.leaves(); got != leave.status {
				t.Errorf("the command ends with status %d", got)
			}
		})
	}
}

// imposter is an agent that shows a prompt, and ends with a word when a key is pressed.
func imposter(t *testing.T, last string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "o\x00\x00\x00\x01#")
		for asked, buf := "", make([]byte, 1024); !strings.Contains(asked, "kill"); {
			n, err := conn.Read(buf)
			if asked += string(buf[:n]); err != nil {
				return
			}
		}
		_, _ = io.WriteString(conn, last)
	}()
	return socket
}

// TestAMachineHasNoFileOfOurs runs a shell whose input and output are files here.
func TestAMachineHasNoFileOfOurs(t *testing.T) {
	dir := t.TempDir()
	script, out := filepath.Join(dir, "script"), filepath.Join(dir, "out")
	if err := os.WriteFile(script, []byte("readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2; ls /proc/$$/fd | wc -l; exit 6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(script)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	to, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	cmd := command("person:" + shells(t))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, to, os.Stderr
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 6 {
		t.Errorf("the command ends with %v", err)
	}
	said, err := os.ReadFile(out)
	if lines := strings.Fields(string(said)); err != nil || len(lines) != 4 || strings.Count(string(said), "pipe:[") != 3 {
		t.Errorf("the shell has %q, %v", said, err)
	}
}
