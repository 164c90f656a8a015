package network

import (
	"testing"

	"github.com/google/nftables"
)

// SetNameservers makes the host one with other name servers.
func SetNameservers(t testing.TB, servers ...string) {
	was := hostNameservers
	hostNameservers = func() []string { return servers }
	t.Cleanup(func() { hostNameservers = was })
}

// Demolish takes the walls away from around the links that are there.
var Demolish = demolish

// AsWritten says whether the walls are as they would be written.
func AsWritten() bool {
	c, err := nftables.New()
	return err == nil && asWritten(c, table4, walls) && asWritten(c, table6, walls6)
}

// StepsUp are what [Attach] does, one after the other.
func StepsUp(token string, pid int) (Link, []func() error) {
	l, err := plan(token)
	return l, []func() error{
		func() error { return err },
		func() error { return l.add(pid) },
		openHost,
		func() error { return l.up(pid) },
	}
}

// StepsDown are what [Detach] does to the last machine, one after the other.
func StepsDown(token string) []func() error {
	return []func() error{
		func() error { _, err := remove(token); return err },
		demolish, withdraw, closeForwarding,
	}
}

// FlushChain takes the rules of a chain away.
func FlushChain(name string) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.FlushChain(&nftables.Chain{Table: table4, Name: name})
	return c.Flush()
}

// FlushGuests takes away what tells which machine is behind which link.
func FlushGuests() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.FlushSet(guests)
	return c.Flush()
}

// FromMachines accepts what comes from machines.
var FromMachines = rule(from(linkPrefix), accept())
