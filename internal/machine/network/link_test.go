package network_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestIPv6IsOff sends to the IPv6 address that the host's end would have.
func TestIPv6IsOff(t *testing.T) {
	s := newScene(t)
	addresses := func() string { return sh(t, "cat /proc/net/if_inet6") }
	if strings.Contains(addresses(), s.mallory.Device) {
		t.Errorf("the link has an address: %s", addresses())
	}
	// IPv6 is switched on for all links.
	set(t, "ipv6/conf/"+s.mallory.Device+"/accept_dad", "0")
	set(t, "ipv6/conf/"+s.mallory.Device+"/disable_ipv6", "0")
	const permanent, flags = "80", 4 // value and column of the flags when no other host has the address
	await(t, "an address of the link", func() bool {
		return slices.ContainsFunc(strings.Split(addresses(), "\n"), func(l string) bool {
			f := strings.Fields(l)
			return strings.HasSuffix(l, s.mallory.Device) && f[flags] == permanent
		})
	})
	from, to := linkLocal(s.mallory.MAC), linkLocal(s.mallory.hostMAC())
	s.neverArrives(t, s.atHost, map[string]func(string) []byte{"by IPv6": func(text string) []byte {
		d := udp(9, s.atHost.port(), text)
		binary.BigEndian.PutUint16(d[6:], checksum(pseudo(from, to, unix.IPPROTO_UDP, d)))
		return ethernet(s.mallory.hostMAC(), s.mallory.MAC, unix.ETH_P_IPV6, ipv6(from, to, unix.IPPROTO_UDP, 64, d))
	}})
}

// TestRouterAdvertisementsAreIgnored advertises a prefix to the host's end.
func TestRouterAdvertisementsAreIgnored(t *testing.T) {
	s := newScene(t)
	device := s.mallory.Device
	addressed := func() bool {
		return slices.ContainsFunc(strings.Split(sh(t, "cat /proc/net/if_inet6"), "\n"), func(l string) bool {
			return strings.HasPrefix(l, "20010db8") && strings.HasSuffix(l, device)
		})
	}
	from, all := linkLocal(s.mallory.MAC), netip.MustParseAddr("ff02::1")
	prefix := append([]byte{3, 4, 64, 0xc0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0}, netip.MustParseAddr("2001:db8::").AsSlice()...)
	body := append([]byte{64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0}, prefix...)
	const advertisement = 134
	send := func() {
		s.mallory.send(t, ethernet(net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}, s.mallory.MAC, unix.ETH_P_IPV6,
			ipv6(from, all, unix.IPPROTO_ICMPV6, 255, icmpv6(from, all, advertisement, body))))
	}
	send()
	s.waitArrived(t)
	if addressed() {
		t.Error("the host takes an address from a machine")
	}
	s.undefend(t)
	set(t, "ipv6/conf/"+device+"/accept_dad", "0")
	set(t, "ipv6/conf/"+device+"/accept_ra", "2")
	set(t, "ipv6/conf/"+device+"/disable_ipv6", "0")
	await(t, "an address from a machine that nothing holds off", func() bool { send(); return addressed() })
}

// TestARPTellsNoOtherAddress sends ARP requests.
func TestARPTellsNoOtherAddress(t *testing.T) {
	s := newScene(t)
	ask := func(who ...netip.Addr) (answers []netip.Addr) {
		t.Helper()
		err := in(s.mallory.pid, func() error {
			fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.ETH_P_ARP>>8|unix.ETH_P_ARP&0xff<<8)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			for _, a := range who {
				s.mallory.send(t, arp(s.mallory.MAC, s.mallory.Guest, a))
			}
			last := who[len(who)-1]
			buffer := make([]byte, 100)
			for !slices.Contains(answers, last) {
				n, _, err := unix.Recvfrom(fd, buffer, 0)
				if err != nil {
					return err
				}
				const answer, sender = 21, 28
				if n > sender+4 && buffer[answer] == 2 {
					answers = append(answers, netip.AddrFrom4([4]byte(buffer[sender:])))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return answers
	}
	if got := ask(hostAddress, s.victim.Host, s.mallory.Host); len(got) != 1 {
		t.Errorf("the host answers for %v", got)
	}
	set(t, "ipv4/conf/"+s.mallory.Device+"/arp_ignore", "0")
	if got := ask(hostAddress, s.victim.Host, s.mallory.Host); len(got) != 3 {
		t.Errorf("without the setting the host answers only for %v", got)
	}
}
