package network

import "testing"

// SetNameservers makes the host one with other name servers.
func SetNameservers(t testing.TB, servers ...string) {
	was := nameservers
	nameservers = func() []string { return servers }
	t.Cleanup(func() { nameservers = was })
}
