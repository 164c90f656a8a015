package network

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// chain is a chain of our tables. The kernel calls one with a hook for every packet; the
// others have the rules for packets of machines.
type chain struct {
	nftables.Chain
	rules [][]expr.Any
}

// nameserverPort is the port of DNS.
const nameserverPort = 53

// metadata are the addresses at which clouds give out what belongs to the host:
// credentials, user data.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local: most of them
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure's wire server
}

// chains4 are the chains of the table for IPv4.
var chains4 = []chain{
	// A packet that does not come from the machine's own address could belong to a
	// connection of the host or of another machine. This chain is before connections are
	// tracked.
	plain("source", rule(fromGuest(), accept()), rule(drop())),
	hooked("arrival", nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, rule(from(linkPrefix), to("source"))),

	// Packets to the host, to many receivers or to a cloud's metadata. This chain is
	// before destinations are translated, so that it also drops packets to what others
	// publish on an address of the host, such as a container's port.
	plain("destination", append(exceptions, forbidden()...)...),
	hooked("routing", nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle, rule(from(linkPrefix), to("destination"))),

	// Packets that reached the host in another way, such as by a redirection.
	plain("host", append(exceptions, rule(drop()))...),
	hooked("input", nftables.ChainHookInput, *nftables.ChainPriorityFilter, rule(from(linkPrefix), to("host"))),

	// Connections that a machine opened pass, unless they lead to another machine. An
	// ICMP error of a machine is dropped, because it may be about a connection that is
	// not the machine's.
	plain("out",
		rule(onto(anyLinkPrefix), drop()),
		rule(tracked(related), protocol(unix.IPPROTO_ICMP), drop()),
		rule(tracked(fresh|established|related), accept()),
		rule(drop())),
	plain("back", rule(tracked(established|related), accept()), rule(drop())),
	hooked("forward", nftables.ChainHookForward, *nftables.ChainPriorityFilter,
		rule(from(linkPrefix), to("out")), rule(onto(linkPrefix), to("back"))),

	// Packets that leave the host get the host's address, unless an administrator's
	// rules, which are earlier, have given them another.
	translating("translation", rule(fromPool(), notOnto(anyLinkPrefix), masquerade())),
}

// chains6 are the chains of the table for IPv6, which machines do not have.
var chains6 = []chain{
	hooked("arrival", nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, rule(from(linkPrefix), drop())),
}

// exceptions are what a machine may send to the host: queries to its name servers, and
// answers on connections that the host opened to this machine, as the source has shown.
var exceptions = [][]expr.Any{
	rule(toNameserver(unix.IPPROTO_UDP), accept()),
	rule(toNameserver(unix.IPPROTO_TCP), accept()),
	rule(tracked(established), answering(), accept()),
}

func forbidden() [][]expr.Any {
	rules := [][]expr.Any{rule(notToOneOther(), drop())}
	for _, p := range metadata {
		rules = append(rules, rule(toPrefix(p), drop()))
	}
	return rules
}

func plain(name string, rules ...[]expr.Any) chain {
	return chain{nftables.Chain{Name: name}, rules}
}

func hooked(name string, where *nftables.ChainHook, priority nftables.ChainPriority, rules ...[]expr.Any) chain {
	return chain{nftables.Chain{Name: name, Type: nftables.ChainTypeFilter, Hooknum: where, Priority: &priority}, rules}
}

// translating returns a NAT chain that comes after those of others.
func translating(name string, rules ...[]expr.Any) chain {
	last := *nftables.ChainPriorityNATSource + 1
	return chain{nftables.Chain{Name: name, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookPostrouting, Priority: &last}, rules}
}
