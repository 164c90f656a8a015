package network

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// chain is one of the chains of our tables. One with a hook is called by the kernel, for
// every packet; the others have the rules for packets of machines.
type chain struct {
	nftables.Chain
	rules [][]expr.Any
}

// nameserverPort is that of DNS.
const nameserverPort = 53

// metadata are where clouds answer with what is the host's own: credentials, user data.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local: most of them
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure's wire server
}

// walls are the chains of the table for IPv4.
var walls = []chain{
	// What does not come from the machine's own address could belong to a connection of
	// the host or of another machine. This is before connections are tracked.
	plain("source", rule(fromGuest(), accept()), rule(drop())),
	hooked("arrival", nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, rule(from(linkPrefix), to("source"))),

	// What is sent to the host, to all at once or to a cloud's metadata. This is before
	// destinations are translated: what others publish on an address of the host, as a
	// container's port, is the host's as well.
	plain("destination", append(exceptions, forbidden()...)...),
	hooked("routing", nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle, rule(from(linkPrefix), to("destination"))),

	// What got to the host by another way, as through somebody's redirection.
	plain("host", append(exceptions, rule(drop()))...),
	hooked("input", nftables.ChainHookInput, *nftables.ChainPriorityFilter, rule(from(linkPrefix), to("host"))),

	// Connections pass that a machine opened, and nothing between machines. An error
	// message of a machine does not, because the connection that it is about need not be
	// the machine's.
	plain("out",
		rule(onto(anyLinkPrefix), drop()),
		rule(tracked(related), protocol(unix.IPPROTO_ICMP), drop()),
		rule(tracked(fresh|established|related), accept()),
		rule(drop())),
	plain("back", rule(tracked(established|related), accept()), rule(drop())),
	hooked("forward", nftables.ChainHookForward, *nftables.ChainPriorityFilter,
		rule(from(linkPrefix), to("out")), rule(onto(linkPrefix), to("back"))),

	// What leaves the host gets the host's address, unless an administrator's rules,
	// which come earlier, have given it another.
	translating("translation", rule(fromPool(), notOnto(anyLinkPrefix), masquerade())),
}

// walls6 are the chains of the table for IPv6, which machines do not have.
var walls6 = []chain{
	hooked("arrival", nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, rule(from(linkPrefix), drop())),
}

// exceptions are what a machine may send to the host: questions to its name servers, and
// answers on connections that the host opened. That they are of this very machine says
// their source.
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

// translating is a chain that comes after those of others.
func translating(name string, rules ...[]expr.Any) chain {
	last := *nftables.ChainPriorityNATSource + 1
	return chain{nftables.Chain{Name: name, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookPostrouting, Priority: &last}, rules}
}
