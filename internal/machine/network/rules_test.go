package network_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

// spoofed returns frames to one address from addresses that are not the machine's own.
func (s *scene) spoofed(to netip.AddrPort) map[string]func(string) []byte {
	frames := map[string]func(string) []byte{
		"from its own address and another Ethernet address": func(text string) []byte {
			f := s.mallory.datagram(s.mallory.Guest, to, text)
			copy(f[6:], s.victim.MAC)
			return f
		},
		"from another address, as if of a virtual LAN": func(text string) []byte {
			return tagged(0, s.mallory.datagram(netip.MustParseAddr("203.0.113.9"), to, text))
		},
	}
	for name, source := range map[string]netip.Addr{
		"another machine": s.victim.Guest, "the link's other end": s.mallory.Host, "the host": hostAddress,
		"the internet": netip.MustParseAddr("203.0.113.9"), "its own network": netip.PrefixFrom(s.mallory.Host, 30).Masked().Addr(),
		"the world": worldAddress,
	} {
		frames["from "+name] = func(text string) []byte { return s.mallory.datagram(source, to, text) }
	}
	return frames
}

func TestSpoofedPacketsAreDropped(t *testing.T) {
	for name, place := range map[string]func(*scene) (inbox, netip.Addr){
		"to the world":            func(s *scene) (inbox, netip.Addr) { return s.atWorld, worldAddress },
		"to the host":             func(s *scene) (inbox, netip.Addr) { return s.atHost, hostAddress },
		"to the link's other end": func(s *scene) (inbox, netip.Addr) { return s.atHost, s.mallory.Host },
		"to another machine":      func(s *scene) (inbox, netip.Addr) { return s.atVictim, s.victim.Guest },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			box, to := place(s)
			frames := s.spoofed(netip.AddrPortFrom(to, box.port()))
			if to == worldAddress {
				delete(frames, "from the world") // it drops packets from its own address
			}
			if to == s.victim.Guest {
				delete(frames, "from another machine") // it too
			}
			s.neverArrives(t, box, frames)
		})
	}
}

// TestHostDoesNotAnswer sends to each address of the host, and to broadcast and
// multicast.
func TestHostDoesNotAnswer(t *testing.T) {
	s := newScene(t)
	group := netip.MustParseAddr("224.0.0.251")
	places := map[string]netip.Addr{
		"all": netip.MustParseAddr("255.255.255.255"), "all of the link": s.mallory.Guest.Next(), "a group": group,
	}
	for _, a := range hostAddresses(t) {
		places[a.String()] = a
	}
	if len(places) < 6 {
		t.Fatalf("%v: want the loopback, two links' ends and the host's own address", places)
	}
	join(t, s.atHost, s.mallory.Device, group)
	frames := map[string]func(string) []byte{
		"from nobody to all, as DHCP does": func(text string) []byte {
			return s.mallory.datagram(netip.IPv4Unspecified(), netip.AddrPortFrom(places["all"], s.atHost.port()), text)
		},
	}
	for name, a := range places {
		frames["to "+name] = func(text string) []byte {
			return s.mallory.datagram(s.mallory.Guest, netip.AddrPortFrom(a, s.atHost.port()), text)
		}
	}
	set(t, "ipv4/conf/all/route_localnet", "1") // as for published ports of containers
	s.neverArrives(t, s.atHost, frames)
}

// TestHostAcceptsNoConnections does the same for TCP, from ordinary sockets.
func TestHostAcceptsNoConnections(t *testing.T) {
	s := newScene(t)
	l, _ := serve(t, here, ":0")
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	begun := map[string]func() bool{}
	for _, a := range hostAddresses(t) {
		if !a.IsLoopback() { // the machine has its own
			begun[a.String()] = begin(t, s.mallory.pid, at(a, port))
		}
	}
	s.waitArrived(t)
	for a, connected := range begun {
		if connected() {
			t.Errorf("the host accepts connections at %s", a)
		}
	}
	s.undefend(t)
	for a := range begun {
		if err := dial(t, s.mallory.pid, at(netip.MustParseAddr(a), port)); err != nil {
			t.Errorf("even without rules the host does not answer at %s: %v", a, err)
		}
	}
}

func hostAddresses(t *testing.T) (all []netip.Addr) {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			all = append(all, p.Addr())
		}
	}
	return all
}

// join makes an inbox receive the packets of a multicast group on a device.
func join(t *testing.T, b inbox, device string, group netip.Addr) {
	t.Helper()
	i, err := net.InterfaceByName(device)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	cerr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptIPMreqn(int(fd), unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(i.Index)})
	})
	if err := errors.Join(err, cerr); err != nil {
		t.Fatal(err)
	}
}

// TestMachinesDoNotReachEachOther sends from the machine's own address.
func TestMachinesDoNotReachEachOther(t *testing.T) {
	s := newScene(t)
	s.neverArrives(t, s.atVictim, map[string]func(string) []byte{"to another machine": func(text string) []byte {
		return s.mallory.datagram(s.mallory.Guest, netip.AddrPortFrom(s.victim.Guest, s.atVictim.port()), text)
	}})
}

// TestHostReachesMachines connects from the host.
func TestHostReachesMachines(t *testing.T) {
	s := newScene(t)
	l, _ := serve(t, s.victim.pid, ":0")
	if err := dial(t, here, at(s.victim.Guest, uint16(l.Addr().(*net.TCPAddr).Port))); err != nil {
		t.Error(err)
	}
	if s.mallory.Host == s.victim.Host {
		t.Errorf("two machines have one network: %v", s.mallory.Host)
	}
}

// TestWorldDoesNotReachMachines sends from the world to a machine, through the host.
func TestWorldDoesNotReachMachines(t *testing.T) {
	s := newScene(t)
	tell(t, s.world.pid, at(s.victim.Guest, s.atVictim.port()), "hello")
	tell(t, here, at(s.victim.Guest, s.atVictim.port()), "after it")
	s.atVictim.expect(t, "after it")
	s.undefend(t)
	tell(t, s.world.pid, at(s.victim.Guest, s.atVictim.port()), "hello")
	s.atVictim.expect(t, "hello")
}

// clouds are addresses at which clouds answer the host.
var clouds = []string{"169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16"}

func TestMetadataIsOutOfReach(t *testing.T) {
	s := newScene(t)
	box := listen(t, s.world.pid, ":80")
	frames := map[string]func(string) []byte{}
	for _, a := range clouds {
		s.owns(t, a)
		tell(t, here, a+":80", "the host asks")
		box.expect(t, "the host asks")
		frames["to "+a] = func(text string) []byte {
			return s.mallory.datagram(s.mallory.Guest, netip.AddrPortFrom(netip.MustParseAddr(a), 80), text)
		}
	}
	s.neverArrives(t, box, frames)
}

// TestNameServersAnswer has name servers where nothing else may be reached: on an address
// of the host and on one of cloud metadata.
func TestNameServersAnswer(t *testing.T) {
	for _, at := range []string{hostAddress.String(), "169.254.169.254", "168.63.129.16"} {
		t.Run(at, func(t *testing.T) {
			network.SetNameservers(t, at)
			s := newScene(t)
			pid := here
			if at != hostAddress.String() {
				pid = s.world.pid
				s.owns(t, at)
			}
			dns, other := listen(t, pid, at+":53"), listen(t, pid, at+":5353")
			tell(t, s.mallory.pid, at+":5353", "no question")
			tell(t, s.mallory.pid, at+":53", "a question")
			dns.expect(t, "a question")
			other.isEmpty(t)

			serve(t, pid, at+":53")
			serve(t, pid, at+":80")
			connected := begin(t, s.mallory.pid, at+":80")
			if err := dial(t, s.mallory.pid, at+":53"); err != nil {
				t.Error(err)
			}
			if connected() {
				t.Error("another port of the name server answers")
			}
			s.undefend(t)
			tell(t, s.mallory.pid, at+":5353", "no question")
			other.expect(t, "no question")
			if err := dial(t, s.mallory.pid, at+":80"); err != nil {
				t.Errorf("even without rules: %v", err)
			}
		})
	}
}

// TestPublishedPortsBelongToTheHost forwards a port of the host to another
// machine, as Docker does.
func TestPublishedPortsBelongToTheHost(t *testing.T) {
	s := newScene(t)
	const published = 8080
	sh(t, fmt.Sprintf("iptables -w -t nat -A PREROUTING -p udp --dport %d -m addrtype --dst-type LOCAL -j DNAT --to-destination %s:%d", published, worldAddress, s.atWorld.port()))
	t.Cleanup(func() { sh(t, "iptables -w -t nat -F PREROUTING") })
	s.neverArrives(t, s.atWorld, map[string]func(string) []byte{"by way of the host": func(text string) []byte {
		return s.mallory.datagram(s.mallory.Guest, netip.AddrPortFrom(hostAddress, published), text)
	}})
}

// TestRedirectionToTheHostIsDropped redirects packets for the world to the
// host, as a transparent proxy does.
func TestRedirectionToTheHostIsDropped(t *testing.T) {
	s := newScene(t)
	const web = 80
	sh(t, fmt.Sprintf("iptables -w -t nat -A PREROUTING -p udp --dport %d -j REDIRECT --to-ports %d", web, s.atHost.port()))
	t.Cleanup(func() { sh(t, "iptables -w -t nat -F PREROUTING") })
	s.neverArrives(t, s.atHost, map[string]func(string) []byte{"redirected": func(text string) []byte {
		return s.mallory.datagram(s.mallory.Guest, netip.AddrPortFrom(worldAddress, web), text)
	}})
}
