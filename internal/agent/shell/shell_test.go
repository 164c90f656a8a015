package shell_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/shell"
	"ingot/internal/agent/socket"
)

// serve listens for shells and returns a connection to it.
func serve(t *testing.T) net.Conn {
	t.Helper()
	dir, err := os.MkdirTemp("", "shell") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "folder", "sock")
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
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v, %v", info, err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAShellOnPipes(t *testing.T) {
	var out, err bytes.Buffer
	status, rerr := shell.Run(t.Context(), serve(t), shell.Person{
		In: strings.NewReader("cd /; tty; echo $HOME $TERM; echo wrong >&2; exit 3\n"), Out: &out, Err: &err,
	})
	if rerr != nil || status != 3 || out.String() != "not a tty\n/root dumb\n" || err.String() != "wrong\n" {
		t.Errorf("status %d, %v, said %q and %q", status, rerr, &out, &err)
	}
}

// TestTheEndOfTheInputEndsAShellOnPipes passes on a status that a signal gave, too.
func TestTheEndOfTheInputEndsAShellOnPipes(t *testing.T) {
	var out bytes.Buffer
	status, err := shell.Run(t.Context(), serve(t), shell.Person{In: strings.NewReader("head -c 300000 /dev/zero | tr '\\0' x"), Out: &out, Err: io.Discard})
	if err != nil || status != 0 || out.Len() != 300000 {
		t.Errorf("status %d, %v, said %d bytes", status, err, out.Len())
	}
	status, err = shell.Run(t.Context(), serve(t), shell.Person{In: strings.NewReader("kill -9 $$\n"), Out: io.Discard, Err: io.Discard})
	if err != nil || status != 128+9 {
		t.Errorf("a killed shell has status %d, %v", status, err)
	}
}

// screen is what a person sees and types. A test types a text after it has seen another.
type screen struct {
	mu    sync.Mutex
	seen  strings.Builder
	news  chan struct{}
	typed *io.PipeWriter
	in    *io.PipeReader
}

func newScreen() *screen {
	s := &screen{news: make(chan struct{}, 1)}
	s.in, s.typed = io.Pipe()
	return s
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	return s.seen.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// after waits until a text has been seen.
func (s *screen) after(t *testing.T, text string) {
	t.Helper()
	ends := late(t)
	for !strings.Contains(s.text(), text) {
		select {
		case <-s.news:
		case <-ends:
			t.Errorf("%q was never seen, but %q", text, s.text())
			return
		}
	}
}

func (s *screen) types(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(s.typed, text); err != nil {
		t.Error(err)
	}
}

func TestAShellOnATerminal(t *testing.T) {
	s, sizes := newScreen(), make(chan shell.Size)
	type end struct {
		status int
		err    error
	}
	ended := make(chan end)
	conn := serve(t)
	go func() {
		status, err := shell.Run(t.Context(), conn, shell.Person{
			In: s.in, Out: s, Sizes: sizes, Terminal: &shell.Terminal{Name: "vt52", Size: shell.Size{Rows: 33, Columns: 111}},
		})
		ended <- end{status, err}
	}()
	s.types(t, "tty; echo is:$TERM; stty size; echo rea''dy\n")
	s.after(t, "ready")
	if text := s.text(); !strings.Contains(text, "/dev/pts/") || !strings.Contains(text, "is:vt52") || !strings.Contains(text, "33 111") {
		t.Errorf("it is %q", text)
	}
	sizes <- shell.Size{Rows: 44, Columns: 99}
	s.types(t, "trap 'stty size' WINCH; until stty size | grep -q '44 99'; do :; done; echo chan''ged\n")
	s.after(t, "changed")
	s.types(t, "sh -c 'echo slee\"\"ping; exec sleep 1000'\n")
	s.after(t, "sleeping") // it has the terminal
	s.types(t, "\x03")     // ends the program on the terminal, not the shell
	s.types(t, "exit 4\n")
	if e := <-ended; e.status != 4 || e.err != nil {
		t.Errorf("it ended with %+v", e)
	}
}

// TestDisconnectLeavesNoShell closes the connection while a program runs.
func TestDisconnectLeavesNoShell(t *testing.T) {
	for _, terminal := range []*shell.Terminal{nil, {Name: "vt52"}} {
		s, conn := newScreen(), serve(t)
		ended := make(chan error)
		go func() {
			_, err := shell.Run(t.Context(), conn, shell.Person{In: s.in, Out: s, Err: s, Terminal: terminal})
			ended <- err
		}()
		s.types(t, "echo pid:$$:; sleep 1000\n")
		pid := pidIn(t, s)
		conn.Close()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "has ended") {
			t.Errorf("the person is told %v", err)
		}
		eventually(t, func() bool { return errors.Is(unix.Kill(pid, 0), unix.ESRCH) })
	}
}

// pidIn finds the number in pid:N:, which a terminal echoes before it is answered.
func pidIn(t *testing.T, s *screen) (pid int) {
	t.Helper()
	eventually(t, func() bool {
		for part := range strings.SplitSeq(s.text(), "pid:") {
			number, _, ok := strings.Cut(part, ":")
			if n, err := strconv.Atoi(number); ok && err == nil {
				pid = n
			}
		}
		return pid != 0
	})
	return pid
}

// late fires shortly before the tests run out of time. A login shell may take long: it runs
// the files of its user on a host that does other work.
func late(t *testing.T) <-chan time.Time {
	t.Helper()
	end, limited := t.Deadline()
	if !limited {
		return nil
	}
	const report = 10 * time.Second
	return time.After(time.Until(end) - report)
}

// eventually polls a condition that has no event.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	ends := late(t)
	for !holds() {
		select {
		case <-tick.C:
		case <-ends:
			t.Fatal("it did not come true in time")
		}
	}
}

// TestProcessesOfAShellStay ends a shell that left a program behind which has the
// output open.
func TestProcessesOfAShellStay(t *testing.T) {
	s := newScreen()
	status, err := shell.Run(t.Context(), serve(t), shell.Person{In: strings.NewReader("sleep 1000 & echo pid:$!:\n"), Out: s, Err: s})
	if err != nil || status != 0 {
		t.Fatalf("status %d, %v", status, err)
	}
	pid := pidIn(t, s)
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Errorf("the program that the shell left is gone: %v", err)
	}
}

func TestAPersonLeaves(t *testing.T) {
	enough := errors.New("enough")
	s, conn := newScreen(), serve(t)
	s.typed.CloseWithError(enough)
	if _, err := shell.Run(t.Context(), conn, shell.Person{In: s.in, Out: s, Err: s}); !errors.Is(err, enough) {
		t.Errorf("it ends with %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	if _, err := shell.Run(ctx, serve(t), shell.Person{In: newScreen().in, Out: s, Err: s}); !errors.Is(err, enough) {
		t.Errorf("a command that is ended ends with %v", err)
	}
	ours, theirs := net.Pipe() // nobody reads the request
	defer theirs.Close()
	if _, err := shell.Run(ctx, ours, shell.Person{In: newScreen().in, Out: s, Err: s}); !errors.Is(err, enough) {
		t.Errorf("a command that is ended before the agent answers ends with %v", err)
	}
}

// TestAHostileAgentIsRefused refuses invalid exit statuses and frames.
func TestAHostileAgentIsRefused(t *testing.T) {
	for said, want := range map[string]string{
		"q\x00\x00\x00\x03256":      "no exit status",
		"q\x00\x00\x00\x02-1":       "no exit status",
		"q\x00\x00\x00\x00":         "no exit status",
		"o\xff\xff\xff\xff":         "longer than the limit",
		"o\x00\x00\x00\x09half":     "has ended",
		"f\x00\x00\x00\x05no\x1b[m": `no shell: "no\x1b[m"`,
		"":                          "has ended",
	} {
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		go func() {
			_, _ = io.WriteString(theirs, said)
			theirs.Close()
		}()
		var out bytes.Buffer
		status, err := shell.Run(t.Context(), ours, shell.Person{In: strings.NewReader(""), Out: &out, Err: &out})
		if err == nil || !strings.Contains(err.Error(), want) || status != 0 || out.Len() > 0 {
			t.Errorf("%q gives status %d, %v and %q", said, status, err, &out)
		}
	}
}

// TestAHostileHostGetsNoShell sends invalid requests.
func TestAHostileHostGetsNoShell(t *testing.T) {
	for _, said := range []string{"i\x00\x00\x00\x01x", "b\x00\x00\x00\x01{", "b\x7f\x00\x00\x00"} {
		conn := serve(t)
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || len(answer) == 0 || answer[0] != 'f' {
			t.Errorf("%q gives %q, %v", said, fmt.Sprintf("%q", answer), err)
		}
	}
}
