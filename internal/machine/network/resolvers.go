package network

import (
	"net"
	"net/netip"
	"slices"

	"ingot/internal/machine/uplink"
)

var nameservers = uplink.Nameservers

// openResolvers lets machines ask the name servers that our rules would keep them
// from: one on an address of the host itself, and a link-local one of a cloud. The
// rules go with their chain.
func openResolvers() error {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, server := range nameservers() {
		to := closedIn(server, own)
		if to == "" {
			continue
		}
		for _, protocol := range []string{"udp", "tcp"} {
			rule := []string{"-i", linkPrefix + "+", "-d", server, "-p", protocol, "--dport", "53", "-j", "ACCEPT"}
			if run("", "iptables", slices.Concat([]string{"-w", "-C", to}, rule)...) == nil {
				continue
			}
			if err := run("", "iptables", slices.Concat([]string{"-w", "-I", to, "1"}, rule)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// closedIn gives the chain that would drop what goes to an address, if any does.
func closedIn(address string, own []net.Addr) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	isOwn := func(n net.Addr) bool {
		p, err := netip.ParsePrefix(n.String())
		return err == nil && p.Addr() == a
	}
	switch {
	case slices.ContainsFunc(own, isOwn):
		return chain + "-IN"
	case a.IsLinkLocalUnicast():
		return chain + "-FWD"
	}
	return ""
}
