package network

import (
	"testing"

	"github.com/google/nftables"
)

// SetNameservers sets the name servers of the host for a test.
func SetNameservers(t testing.TB, servers ...string) {
	was := hostNameservers
	hostNameservers = func() []string { return servers }
	t.Cleanup(func() { hostNameservers = was })
}

// RemoveRules removes the rules while links exist.
var RemoveRules = removeRules

// AsWritten reports whether the rules are as they would be written.
func AsWritten() bool {
	c, err := nftables.New()
	return err == nil && asWritten(c, table4, chains4) && asWritten(c, table6, chains6)
}

// StepsUp returns the steps of [Attach].
func StepsUp(token string, pid int) (Link, []func() error) {
	l, err := plan(token)
	return l, []func() error{
		func() error { return err },
		func() error { return l.add(pid) },
		openHost,
		func() error { return l.up(pid) },
	}
}

// StepsDown returns the steps of [Detach] for the last machine.
func StepsDown(token string) []func() error {
	return []func() error{
		func() error { _, err := remove(token); return err },
		removeRules, removeChains, closeForwarding,
	}
}

// FlushChain removes the rules of a chain.
func FlushChain(name string) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.FlushChain(&nftables.Chain{Table: table4, Name: name})
	return c.Flush()
}

// FlushGuests empties the set guests.
func FlushGuests() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.FlushSet(guests)
	return c.Flush()
}

// FromMachines is a rule that accepts packets from machines.
var FromMachines = rule(from(linkPrefix), accept())
