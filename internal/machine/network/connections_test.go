package network_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestInjectedPacketsAreDropped has connections between the host and
// the world, and the machine sends what the world could send.
func TestInjectedPacketsAreDropped(t *testing.T) {
	t.Run("UDP", func(t *testing.T) {
		s := newScene(t)
		host, peer := s.correspondents(t)
		forge := func() {
			s.mallory.send(t, ethernet(s.mallory.hostMAC(), s.mallory.MAC, unix.ETH_P_IP,
				ipv4(worldAddress, hostAddress, unix.IPPROTO_UDP, udp(peer.address().Port(), host.address().Port(), "forged"))))
		}
		forge()
		s.waitArrived(t)
		peer.write(t, "true")
		host.expect(t, "true")
		s.undefend(t)
		forge()
		host.expect(t, "forged")
	})
	t.Run("TCP", func(t *testing.T) {
		s := newScene(t)
		l, conns := serve(t, s.world.pid, ":0")
		to := netip.AddrPortFrom(worldAddress, uint16(l.Addr().(*net.TCPAddr).Port))
		host, err := net.Dial("tcp", to.String())
		if err != nil {
			t.Fatal(err)
		}
		defer host.Close()
		peer := <-conns
		defer peer.Close()
		own := host.LocalAddr().(*net.TCPAddr).AddrPort()
		forge := func() {
			seq, ack := numbers(t, host.(*net.TCPConn))
			s.mallory.send(t, ethernet(s.mallory.hostMAC(), s.mallory.MAC, unix.ETH_P_IP,
				ipv4(worldAddress, own.Addr(), unix.IPPROTO_TCP, segment(to, own, seq, ack, "forged"))))
		}
		forge()
		s.waitArrived(t)
		if _, err := peer.Write([]byte("truth!")); err != nil {
			t.Fatal(err)
		}
		expectStream(t, host, "truth!")
		s.undefend(t)
		forge()
		expectStream(t, host, "forged")
	})
}

// TestForgedICMPErrorsAreDropped has the machine send ICMP errors about connections
// between the host and the world to both of them, from its own address, as a router on
// the path does.
func TestForgedICMPErrorsAreDropped(t *testing.T) {
	for name, pick := range map[string]func(host, world inbox) (at, other inbox){
		"to the host":  func(host, world inbox) (inbox, inbox) { return host, world },
		"to the world": func(host, world inbox) (inbox, inbox) { return world, host },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			box, other := pick(s.correspondents(t))
			from, to := box.address(), other.address()
			forge := func() {
				about := ipv4(from.Addr(), to.Addr(), unix.IPPROTO_UDP, udp(from.Port(), to.Port(), ""))
				s.mallory.send(t, ethernet(s.mallory.hostMAC(), s.mallory.MAC, unix.ETH_P_IP,
					ipv4(s.mallory.Guest, from.Addr(), unix.IPPROTO_ICMP, unreachable(about))))
			}
			forge()
			s.waitArrived(t)
			other.write(t, "true")
			box.expect(t, "true")
			s.undefend(t)
			forge()
			if _, err := box.Read(make([]byte, 10)); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("without rules the connection ends with %v", err)
			}
		})
	}
}

// correspondents returns two connected inboxes, of the host and of the world, that have
// exchanged datagrams.
func (s *scene) correspondents(t *testing.T) (host, world inbox) {
	t.Helper()
	ours, theirs := netip.AddrPortFrom(hostAddress, 4001), netip.AddrPortFrom(worldAddress, 4002)
	host, world = connect(t, here, ours, theirs), connect(t, s.world.pid, theirs, ours)
	host.write(t, "question")
	world.expect(t, "question")
	world.write(t, "answer")
	host.expect(t, "answer")
	return host, world
}

// connect opens an inbox that receives from one peer alone.
func connect(t *testing.T, pid int, own, peer netip.AddrPort) (box inbox) {
	t.Helper()
	err := in(pid, func() (err error) {
		box.UDPConn, err = net.DialUDP("udp", net.UDPAddrFromAddrPort(own), net.UDPAddrFromAddrPort(peer))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func (b inbox) address() netip.AddrPort { return b.LocalAddr().(*net.UDPAddr).AddrPort() }

func (b inbox) write(t *testing.T, text string) {
	t.Helper()
	if _, err := b.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// numbers returns the sequence numbers that the connection expects next and has sent
// last.
func numbers(t *testing.T, c *net.TCPConn) (seq, ack uint32) {
	t.Helper()
	const receiving, sending, off = 1, 2, -1
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	cerr := raw.Control(func(fd uintptr) {
		get := func(queue int) uint32 {
			err = errors.Join(err, unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE, queue))
			n, gerr := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ)
			err = errors.Join(err, gerr)
			return uint32(n)
		}
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_REPAIR, 1)
		seq, ack = get(receiving), get(sending)
		err = errors.Join(err, unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_REPAIR, off))
	})
	if err := errors.Join(err, cerr); err != nil {
		t.Fatal(err)
	}
	return seq, ack
}

func expectStream(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := c.Read(got); err != nil || string(got[:n]) != want {
		t.Errorf("the connection received %q, %v; want %q", got[:n], err, want)
	}
}
