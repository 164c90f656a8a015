package network

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A rule is a list of expressions. The kernel evaluates them until one does not match, as
// when a packet has no such header; so each chain of ours drops at its end. The functions
// of this file return expressions; the comments show them as nft prints them.

func rule(parts ...[]expr.Any) []expr.Any { return slices.Concat(parts...) }

// Registers hold what is compared. The name of a device fills the first, and an Ethernet
// address half of the second; a lookup in a set of several fields reads consecutive
// registers.
const (
	first     = unix.NFT_REG_1
	afterName = unix.NFT_REG_2
	afterMAC  = unix.NFT_REG32_06
)

// Offsets of fields in their headers, in bytes.
const (
	etherSource     = 6
	ipSource        = 12
	ipDestination   = 16
	portDestination = 2
)

// States of a packet in its connection.
const (
	fresh       = expr.CtStateBitNEW
	established = expr.CtStateBitESTABLISHED
	related     = expr.CtStateBitRELATED
)

// iifname "prefix*"
func from(prefix string) []expr.Any { return named(expr.MetaKeyIIFNAME, expr.CmpOpEq, prefix) }

// oifname "prefix*"
func onto(prefix string) []expr.Any { return named(expr.MetaKeyOIFNAME, expr.CmpOpEq, prefix) }

// oifname != "prefix*"
func notOnto(prefix string) []expr.Any { return named(expr.MetaKeyOIFNAME, expr.CmpOpNeq, prefix) }

func named(end expr.MetaKey, op expr.CmpOp, prefix string) []expr.Any {
	return []expr.Any{&expr.Meta{Key: end, Register: first}, &expr.Cmp{Op: op, Register: first, Data: []byte(prefix)}}
}

// meta iiftype ether iifname . ether saddr . ip saddr @guests
func fromGuest() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyIIFTYPE, Register: first},
		&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: binary.NativeEndian.AppendUint16(nil, unix.ARPHRD_ETHER)},
		&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: first},
		&expr.Payload{DestRegister: afterName, Base: expr.PayloadBaseLLHeader, Offset: etherSource, Len: 6},
		&expr.Payload{DestRegister: afterMAC, Base: expr.PayloadBaseNetworkHeader, Offset: ipSource, Len: 4},
		in(guests),
	}
}

// ip saddr 10.213.0.0/16
func fromPool() []expr.Any { return beginsWith(ipSource, pool) }

// ip daddr PREFIX
func toPrefix(p netip.Prefix) []expr.Any { return beginsWith(ipDestination, p) }

// beginsWith compares the first bytes of an address. The length of the prefix must be a
// multiple of eight.
func beginsWith(field uint32, p netip.Prefix) []expr.Any {
	n := p.Bits() / 8
	return []expr.Any{
		&expr.Payload{DestRegister: first, Base: expr.PayloadBaseNetworkHeader, Offset: field, Len: uint32(n)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: p.Addr().AsSlice()[:n]},
	}
}

// fib daddr type != unicast
func notToOneOther() []expr.Any {
	return []expr.Any{
		&expr.Fib{Register: first, FlagDADDR: true, ResultADDRTYPE: true},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: first, Data: native(unix.RTN_UNICAST)},
	}
}

// ip daddr @nameservers meta l4proto PROTOCOL th dport 53
func toNameserver(p byte) []expr.Any {
	return slices.Concat([]expr.Any{
		&expr.Payload{DestRegister: first, Base: expr.PayloadBaseNetworkHeader, Offset: ipDestination, Len: 4},
		in(nameservers),
	}, protocol(p), []expr.Any{
		&expr.Payload{DestRegister: first, Base: expr.PayloadBaseTransportHeader, Offset: portDestination, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{0, nameserverPort}},
	})
}

// meta l4proto PROTOCOL
func protocol(p byte) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: first}, &expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{p}}}
}

// ct state STATES
func tracked(states uint32) []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: first},
		&expr.Bitwise{SourceRegister: first, DestRegister: first, Len: 4, Mask: native(states), Xor: native(0)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: first, Data: native(0)},
	}
}

// ct direction reply
func answering() []expr.Any {
	const reply = 1
	return []expr.Any{&expr.Ct{Key: expr.CtKeyDIRECTION, Register: first}, &expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{reply}}}
}

func in(s *nftables.Set) expr.Any {
	return &expr.Lookup{SourceRegister: first, SetName: s.Name}
}

func accept() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}} }

func drop() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}} }

func to(chain string) []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: expr.VerdictGoto, Chain: chain}}
}

func masquerade() []expr.Any { return []expr.Any{&expr.Masq{}} }

// native returns a number in the byte order of the kernel.
func native(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
