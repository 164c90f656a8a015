package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/agent/server"
)

// machine is a server in this process whose machine can restart.
type machine struct {
	t     testing.TB
	state string

	mu     sync.Mutex
	boot   string
	server *server.Server
	refuse error // error of a restart
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, state: t.TempDir()}
	m.start()
	t.Cleanup(func() { m.now().Close() })
	return m
}

// start begins another life of the machine.
func (m *machine) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boot += "+"
	s, err := server.New(server.Config{State: m.state, Boot: m.boot, Restart: m.restart})
	if err != nil {
		m.t.Error(err)
		return
	}
	m.server = s
}

// lives returns how often the machine has booted.
func (m *machine) lives() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.boot)
}

func (m *machine) now() *server.Server {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.server
}

// restart ends the server, as a shutdown does, and starts another.
func (m *machine) restart(context.Context) error {
	m.mu.Lock()
	err := m.refuse
	m.mu.Unlock()
	if err != nil {
		return err
	}
	go func() {
		m.now().Close()
		m.start()
	}()
	return nil
}

func (m *machine) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s := m.now()
	go func() {
		_ = s.Serve(context.Background(), ours) // until the client closes its side
		_ = ours.Close()
	}()
	return theirs, nil
}

func runOf(t *testing.T, id, steps string) protocol.Run {
	return protocol.Run{ID: id, WorkDir: t.TempDir(), Documents: []protocol.Document{
		{Name: "doc", Data: "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n" + steps},
	}}
}

func TestRunGoesOnAfterRestarts(t *testing.T) {
	m := newMachine(t)
	c := client.New(func(ctx context.Context) (net.Conn, error) { return m.dial(ctx) })
	run := runOf(t, "r", `  - {name: Twice, action: ExecuteBash, inputs: {commands: [echo run >> count, 'test $(wc -l < count) = 3 || exit 194', echo enough]}}
  - {name: Once, action: ExecuteBash, inputs: {commands: [echo once]}}
`)
	var said []string
	events := &numbered{t: t, each: func(e protocol.Event) {
		if e.Stream == protocol.Stdout || e.Kind == protocol.KindReboot {
			said = append(said, e.Text)
		}
	}}
	// The server that answered is closed while the client waits. A pipe does not report
	// that end, so the client asks again whenever the machine is back.
	var result protocol.Result
	restarts := 0
	for result.Status == "" {
		ctx, cancel := context.WithCancel(t.Context())
		run.AfterSeq = events.last
		got, err := c.Run(ctx, run, func(e protocol.Event) {
			events.take(e)
			if e.Kind == protocol.KindReboot && e.Status == protocol.Running {
				restarts++
				cancel()
			}
		})
		cancel()
		switch {
		case err == nil:
			result = got
		case !errors.Is(err, context.Canceled):
			t.Fatal(err)
		default:
			c.Close()
			eventually(t, func() bool { return m.lives() > restarts }) // it may have restarted again
		}
	}
	if result.Status != protocol.Success || result.Reboots != 2 || result.LastSeq != events.last {
		t.Errorf("result = %+v", result)
	}
	if got, want := strings.Join(said, "|"), "the machine restarts|the machine is back|the machine restarts|the machine is back|enough|once"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestMachineThatCannotRestart(t *testing.T) {
	m := newMachine(t)
	m.refuse = errors.New("no systemctl")
	r, err := client.New(m.dial).Run(t.Context(), runOf(t, "r", "  - {name: S, action: ExecuteBash, inputs: {commands: [exit 194]}}\n"), nil)
	if err != nil || r.Status != protocol.Failed || r.FailureMessage != "the machine could not be restarted: no systemctl" {
		t.Errorf("Run = %+v, %v", r, err)
	}
}

func TestOtherVersionIsRefused(t *testing.T) {
	m := newMachine(t)
	conn, _ := m.dial(t.Context())
	in, out := protocol.NewReader(conn), protocol.NewWriter(conn)
	ask := func(r protocol.Request) (reply protocol.Reply) {
		t.Helper()
		if err := errors.Join(out.Send(r), in.Next(&reply)); err != nil {
			t.Fatal(err)
		}
		return reply
	}
	hello := ask(protocol.Request{Hello: &protocol.HelloRequest{Version: protocol.Version + 1, Nonce: "n"}})
	if hello.Hello == nil || hello.Hello.Version != protocol.Version || hello.Hello.Nonce != "n" {
		t.Fatalf("hello = %+v", hello)
	}
	if got := ask(protocol.Request{ID: 1, Ping: &protocol.Ping{}}); !got.End || !strings.Contains(got.Error, "version") {
		t.Errorf("ping = %+v", got)
	}
	// The next hello begins anew.
	ask(protocol.Request{Hello: &protocol.HelloRequest{Version: protocol.Version, Nonce: "m"}})
	if got := ask(protocol.Request{ID: 1, Ping: &protocol.Ping{}}); !got.End || got.Error != "" {
		t.Errorf("ping = %+v", got)
	}
	if got := ask(protocol.Request{ID: 2}); !strings.Contains(got.Error, "does not know") {
		t.Errorf("an empty request = %+v", got)
	}
}

// TestTornSpool: a crash leaves half a line at the end of the spool.
func TestTornSpool(t *testing.T) {
	m := newMachine(t)
	c := client.New(m.dial)
	first, err := c.Run(t.Context(), runOf(t, "r", "  - {name: S, action: ExecuteBash, inputs: {commands: [seq 10]}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	m.now().Close()
	spools, _ := filepath.Glob(filepath.Join(m.state, "*", "events"))
	if len(spools) != 1 {
		t.Fatalf("spools: %v", spools)
	}
	f, err := os.OpenFile(spools[0], os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString(`{"seq":999,"kind":"lo`)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	m.start()
	events := &numbered{t: t}
	again, err := client.New(m.dial).Run(t.Context(), protocol.Run{ID: "r"}, events.take)
	if err != nil || again.LastSeq != first.LastSeq || events.last != first.LastSeq {
		t.Errorf("Run again = %+v, %v; last event %d", again, err, events.last)
	}
}

// TestPort uses a terminal as the virtio-serial port: a device that stays while clients
// come and go in the middle of a line.
func TestPort(t *testing.T) {
	host, device := terminal(t)
	side := supervise(host)
	m := newMachine(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.now().Port(ctx, device) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for _, rubbish := range []string{"", `{"id":1,"run":{"id"`, "\x00\xff\n{}\n"} {
		if _, err := io.WriteString(host, rubbish); err != nil {
			t.Fatal(err)
		}
		c := client.New(side.dial)
		events := &numbered{t: t}
		r, err := c.Run(t.Context(), runOf(t, "r"+rubbish, "  - {name: S, action: ExecuteBash, inputs: {commands: [seq 200]}}\n"), events.take)
		if err != nil || r.Status != protocol.Success || events.lines != 200 {
			t.Fatalf("Run = %+v, %v; %d lines", r, err, events.lines)
		}
		c.Close()
	}
}

// supervisor is the host's side of a port as a machine's supervisor has it: it
// stays open, and what it brings goes to the client of the moment.
type supervisor struct {
	host *os.File

	mu   sync.Mutex
	conn net.Conn
}

func supervise(host *os.File) *supervisor {
	s := &supervisor{host: host}
	go func() {
		piece := make([]byte, 4096)
		for {
			n, err := host.Read(piece)
			if err != nil {
				return
			}
			s.mu.Lock()
			conn := s.conn
			s.mu.Unlock()
			if conn != nil {
				_, _ = conn.Write(piece[:n]) // the client may have gone
			}
		}
	}()
	return s
}

func (s *supervisor) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn = ours
	go func() { _, _ = io.Copy(s.host, ours) }()
	return theirs, nil
}

// terminal makes a raw pair: the host's side and the path of the device.
func terminal(t *testing.T) (*os.File, string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skip("this host has no pseudo terminals: ", err)
	}
	host := os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { _ = host.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	mode.Cflag = mode.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
	return host, "/dev/pts/" + itoa(number)
}
