package network_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// The functions of this file make frames as a hostile root can.

// send writes frames to the machine's link.
func (g guest) send(t testing.TB, frames ...[]byte) {
	t.Helper()
	err := in(g.pid, func() error {
		link, err := net.InterfaceByName("ingot0")
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for _, f := range frames {
			if err := unix.Sendto(fd, f, 0, &unix.SockaddrLinklayer{Ifindex: link.Index}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hostMAC returns the MAC address of the host's end of the link.
func (g guest) hostMAC() net.HardwareAddr {
	text, err := os.ReadFile("/sys/class/net/" + g.Device + "/address")
	if err != nil {
		return nil
	}
	mac, err := net.ParseMAC(strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	return mac
}

// datagram returns a frame from the machine's own MAC address. Each is from another port,
// because the kernel remembers its decision about a port.
func (g guest) datagram(from netip.Addr, to netip.AddrPort, text string) []byte {
	port := 1024 + uint16(sent.Add(1))
	return ethernet(g.hostMAC(), g.MAC, unix.ETH_P_IP, ipv4(from, to.Addr(), unix.IPPROTO_UDP, udp(port, to.Port(), text)))
}

var sent atomic.Uint32

func ethernet(to, from net.HardwareAddr, kind uint16, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16(append(append([]byte{}, to...), from...), kind), content...)
}

// tagged returns a frame with a VLAN tag.
func tagged(id uint16, frame []byte) []byte {
	tag := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_8021Q), id)
	return append(append(append([]byte{}, frame[:12]...), tag...), frame[12:]...)
}

func ipv4(from, to netip.Addr, protocol byte, content []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0}
	h = append(append(h, from.AsSlice()...), to.AsSlice()...)
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+len(content)))
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return append(h, content...)
}

func ipv6(from, to netip.Addr, next, hops byte, content []byte) []byte {
	h := append([]byte{0x60, 0, 0, 0}, byte(len(content)>>8), byte(len(content)), next, hops)
	return append(append(append(h, from.AsSlice()...), to.AsSlice()...), content...)
}

// udp returns a UDP packet. Over IPv4 it needs no checksum.
func udp(from, to uint16, text string) []byte {
	h := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from), to)
	h = binary.BigEndian.AppendUint16(h, uint16(8+len(text)))
	return append(append(h, 0, 0), text...)
}

// segment returns a TCP segment with data.
func segment(from, to netip.AddrPort, seq, ack uint32, text string) []byte {
	h := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from.Port()), to.Port())
	h = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(h, seq), ack)
	const push, acknowledge = 0x08, 0x10
	h = append(append(h, 5<<4, push|acknowledge, 0xff, 0xff, 0, 0, 0, 0), text...)
	binary.BigEndian.PutUint16(h[16:], checksum(pseudo(from.Addr(), to.Addr(), unix.IPPROTO_TCP, h)))
	return h
}

// pseudo returns a packet after the pseudo-header that its checksum covers.
func pseudo(from, to netip.Addr, protocol byte, content []byte) []byte {
	h := append(from.AsSlice(), to.AsSlice()...)
	h = binary.BigEndian.AppendUint32(h, uint32(len(content)))
	return append(append(h, 0, 0, 0, protocol), content...)
}

// unreachable returns an ICMP error about a datagram.
func unreachable(about []byte) []byte {
	const kind, port = 3, 3
	m := append([]byte{kind, port, 0, 0, 0, 0, 0, 0}, about...)
	binary.BigEndian.PutUint16(m[2:], checksum(m))
	return m
}

// icmpv6 returns an ICMPv6 message with its checksum.
func icmpv6(from, to netip.Addr, kind byte, body []byte) []byte {
	m := append([]byte{kind, 0, 0, 0}, body...)
	binary.BigEndian.PutUint16(m[2:], checksum(pseudo(from, to, unix.IPPROTO_ICMPV6, m)))
	return m
}

// arp returns an ARP request for an address.
func arp(mac net.HardwareAddr, from, who netip.Addr) []byte {
	q := append([]byte{0, 1, 8, 0, 6, 4, 0, 1}, mac...)
	q = append(append(q, from.AsSlice()...), 0, 0, 0, 0, 0, 0)
	return ethernet(broadcast, mac, unix.ETH_P_ARP, append(q, who.AsSlice()...))
}

var broadcast = net.HardwareAddr{255, 255, 255, 255, 255, 255}

// linkLocal returns the IPv6 address that follows from a MAC address.
func linkLocal(mac net.HardwareAddr) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("fe80::%x:%xff:fe%02x:%x",
		uint16(mac[0]^2)<<8|uint16(mac[1]), mac[2], mac[3], uint16(mac[4])<<8|uint16(mac[5])))
}

// checksum returns the checksum of the internet protocols.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i]) << 8
		if i+1 < len(b) {
			sum += uint32(b[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
