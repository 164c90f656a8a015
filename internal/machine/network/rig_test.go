package network_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

// patience bounds the wait for something that must come, on a host where others boot
// machines. Tests never wait for something that must not come: they send something else
// after it.
const patience = 20 * time.Second

// here is the network of the tests, which is the host's.
const here = 0

// namespace starts a process in a network of its own.
func namespace(t testing.TB) int {
	t.Helper()
	needRoot(t)
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("networks need root")
	}
}

// in calls f in the network of a process.
func in(pid int, f func() error) error {
	if pid == here {
		return f()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

func sh(t testing.TB, script string) string {
	t.Helper()
	out, err := exec.Command("sh", "-ec", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return string(out)
}

// set writes a setting of the host's network.
func set(t testing.TB, name, value string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

// world is a network beyond the host.
type world struct {
	pid    int
	device string // on the host
}

// Addresses of the host's end and of the world's.
var (
	hostAddress  = netip.MustParseAddr("198.18.77.1")
	worldAddress = netip.MustParseAddr("198.18.77.2")
)

func newWorld(t testing.TB) world {
	t.Helper()
	pid := namespace(t)
	w := world{pid, fmt.Sprintf("w%d", pid)}
	sh(t, fmt.Sprintf(`ip link add %[1]s type veth peer name out netns %[2]d
ip addr add %[3]s/30 dev %[1]s
ip link set %[1]s up
nsenter -t %[2]d -n sh -ec 'ip link set lo up; ip addr add %[4]s/30 dev out; ip link set out up; ip route add default via %[3]s'`,
		w.device, pid, hostAddress, worldAddress))
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", w.device).Run() })
	return w
}

// owns adds an address to the world.
func (w world) owns(t testing.TB, address string) {
	t.Helper()
	sh(t, fmt.Sprintf("nsenter -t %d -n ip addr add %s/32 dev out\nip route add %s dev %s", w.pid, address, address, w.device))
}

// inbox receives datagrams.
type inbox struct {
	*net.UDPConn
	pid int
}

// listen opens an inbox in a network. If the address is empty, it receives IPv4 and IPv6.
func listen(t testing.TB, pid int, address string) inbox {
	t.Helper()
	box := inbox{pid: pid}
	err := in(pid, func() error {
		conn, err := net.ListenPacket("udp", address)
		if err == nil {
			box.UDPConn = conn.(*net.UDPConn)
			t.Cleanup(func() { conn.Close() })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func (b inbox) port() uint16 { return b.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// expect checks the next datagram.
func (b inbox) expect(t testing.TB, want string) {
	t.Helper()
	if err := b.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1500)
	n, from, err := b.ReadFrom(buffer)
	if got := string(buffer[:n]); err != nil || got != want {
		t.Errorf("%s got %q from %v, %v; want %q", b.LocalAddr(), got, from, err, want)
	}
}

// isEmpty checks that nothing arrived before a datagram that it sends from within the
// network.
func (b inbox) isEmpty(t testing.TB) {
	t.Helper()
	to := b.LocalAddr().(*net.UDPAddr)
	if to.IP.IsUnspecified() {
		to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: to.Port}
	}
	tell(t, b.pid, to.String(), "end")
	b.expect(t, "end")
}

// tell sends a datagram from an ordinary socket.
func tell(t testing.TB, pid int, address, text string) {
	t.Helper()
	err := in(pid, func() error {
		conn, err := net.Dial("udp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// serve accepts connections in a network and sends them to a channel.
func serve(t testing.TB, pid int, address string) (*net.TCPListener, <-chan net.Conn) {
	t.Helper()
	var l net.Listener
	err := in(pid, func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 100)
	t.Cleanup(func() { l.Close() })
	go func() {
		defer close(conns)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns <- conn
		}
	}()
	return l.(*net.TCPListener), conns
}

// dial connects from a network.
func dial(t testing.TB, pid int, address string) error {
	t.Helper()
	return in(pid, func() error {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err == nil {
			conn.Close()
		}
		return err
	})
}

// begin begins to connect from a network. The function that it returns reports whether
// the connection exists.
func begin(t testing.TB, pid int, address string) (connected func() bool) {
	t.Helper()
	to := netip.MustParseAddrPort(address)
	var fd int
	err := in(pid, func() (err error) {
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
		if err == unix.EINPROGRESS {
			err = nil
		}
		return err
	})
	if err != nil {
		t.Fatalf("connecting to %s: %v", address, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return func() bool {
		_, err := unix.Getpeername(fd)
		return err == nil
	}
}

// guest is a machine whose root is hostile.
type guest struct {
	network.Link
	pid int
}

func attach(t testing.TB, token string, pid int) network.Link {
	t.Helper()
	l, err := network.Attach(token, pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Detach(token); err != nil {
			t.Error(err)
		}
	})
	return l
}

func newGuest(t testing.TB, token string) guest {
	t.Helper()
	pid := namespace(t)
	return guest{attach(t, token, pid), pid}
}

// at returns an address to send to.
func at(a netip.Addr, port uint16) string { return netip.AddrPortFrom(a, port).String() }

// scene is a host with two machines and a world, and an inbox on each.
type scene struct {
	world
	mallory, victim           guest
	atWorld, atHost, atVictim inbox
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{world: newWorld(t), mallory: newGuest(t, "test-mallory"), victim: newGuest(t, "test-victim")}
	s.atWorld, s.atHost, s.atVictim = listen(t, s.world.pid, ":0"), listen(t, here, ":0"), listen(t, s.victim.pid, ":0")
	return s
}

// waitArrived sends an allowed datagram and waits until it arrives. What was sent before
// and has not arrived will not come.
func (s *scene) waitArrived(t testing.TB) {
	t.Helper()
	tell(t, s.mallory.pid, at(worldAddress, s.atWorld.port()), "allowed")
	s.atWorld.expect(t, "allowed")
}

// undefend removes the rules, and makes the kernel accept packets that it drops by
// default.
func (s *scene) undefend(t testing.TB) {
	t.Helper()
	if err := network.RemoveRules(); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"all", s.mallory.Device} {
		set(t, "ipv4/conf/"+d+"/rp_filter", "0")
		set(t, "ipv4/conf/"+d+"/accept_local", "1")
		set(t, "ipv4/conf/"+d+"/route_localnet", "1")
	}
}

// neverArrives has the machine send frames, none of which may reach the inbox. As a
// control it sends them again after undefend, when each must. The functions make a frame
// with a text.
func (s *scene) neverArrives(t *testing.T, box inbox, frames map[string]func(text string) []byte) {
	t.Helper()
	for name, frame := range frames {
		s.mallory.send(t, frame(name))
	}
	s.waitArrived(t)
	box.isEmpty(t)
	s.undefend(t)
	for name, frame := range frames {
		s.mallory.send(t, frame(name))
		box.expect(t, name)
	}
}

// await polls until is returns true.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !is() {
		if ctx.Err() != nil {
			t.Fatalf("not within the time: %s", what)
		}
		runtime.Gosched()
	}
}

// hasRules reports whether the host's packet filter has anything of ours.
func hasRules(t testing.TB) bool {
	t.Helper()
	left, err := network.Unswept()
	if err != nil {
		t.Fatal(err)
	}
	return len(left) > 0 || strings.Contains(sh(t, "iptables-save; iptables-legacy-save"), "INGOT")
}
