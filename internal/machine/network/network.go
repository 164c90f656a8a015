// Package network gives each machine a network of its own: a pair of virtual Ethernet
// devices, one end in the machine's network namespace, with NAT to wherever the host can
// reach. A machine cannot reach the host itself, except a name server on one of the
// host's own addresses.
//
// The last machine removes what all machines share: the rules in the host's packet
// filter, which are in tables and chains of our own, and forwarding if we switched it on.
package network

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/google/nftables"

	"ingot/internal/filelock"
	"ingot/internal/machine/uplink"
)

const (
	// linkPrefix is the prefix of the names of machines' devices on the host. Rules match
	// it, so that they hold for a device from its first moment.
	linkPrefix = "ingot-"
	// anyLinkPrefix also matches the devices of an earlier release, whose machines may
	// still run. They keep the rules that they were started with.
	anyLinkPrefix = "ingot"
	inside        = "ingot0" // a name that no distribution's network manager claims
	// lockFile is locked while links and rules change, because machines start and end
	// concurrently and the last one removes the rules.
	lockFile = "/run/ingot-network.lock"
)

// pool is the range that machines take /30 networks from.
var pool = netip.MustParsePrefix("10.213.0.0/16")

// Link is the network of one machine.
type Link struct {
	Token  string
	Device string           // on the host
	Host   netip.Addr       // address of the host's end
	Guest  netip.Addr       // address of the machine's end
	MAC    net.HardwareAddr // of the machine's end
}

// Attach connects the network namespace of a process. It sets the link up after the rules
// are written.
func Attach(token string, pid int) (Link, error) {
	unlock, err := lock()
	if err != nil {
		return Link{}, err
	}
	defer unlock()
	if _, err := remove(token); err != nil {
		return Link{}, err
	}
	l, err := plan(token)
	if err != nil {
		return l, err
	}
	err = l.add(pid)
	if err == nil {
		err = openHost()
	}
	if err == nil {
		err = l.up(pid)
	}
	if err != nil {
		return l, errors.Join(err, detach(token))
	}
	return l, nil
}

// Detach removes the network of a machine, if it has one, and the rules with the last
// machine.
func Detach(token string) error {
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	return detach(token)
}

func detach(token string) error {
	left, err := remove(token)
	if err != nil || left > 0 {
		return err
	}
	return closeHost()
}

// Sweep removes rules that a killed process left, if no machine has a network.
func Sweep() error {
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	all, err := Tokens()
	if err != nil || len(all) > 0 {
		return err
	}
	return closeHost()
}

// Unswept returns what [Sweep] would remove.
func Unswept() ([]string, error) {
	unlock, err := lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	all, err := Tokens()
	if err != nil || len(all) > 0 {
		return nil, err
	}
	left, err := chains()
	if err != nil {
		return nil, err
	}
	c, err := nftables.New()
	if err != nil {
		return nil, err
	}
	if there, err := hasTables(c); there || err != nil {
		left = append(left, fmt.Sprintf("the tables %s (%v)", tableName, err))
	}
	if _, err := os.Stat(remembered); err == nil {
		left = append(left, remembered)
	}
	return left, nil
}

// lock keeps other processes of ours away from the host's network.
func lock() (unlock func(), err error) {
	f, err := filelock.Take(lockFile)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}

// openHost writes the rules for the present links and switches forwarding on.
func openHost() error {
	all, err := links()
	if err != nil {
		return err
	}
	servers := resolvers()
	if err := addRules(all, servers); err != nil {
		return err
	}
	if err := addChains(servers); err != nil {
		return fmt.Errorf("letting machines through the host's packet filter: %w", err)
	}
	return openForwarding()
}

// closeHost removes our rules and restores forwarding.
func closeHost() error {
	return errors.Join(removeRules(), removeChains(), closeForwarding())
}

// resolvers returns the name servers of the host.
func resolvers() (all []netip.Addr) {
	for _, s := range hostNameservers() {
		if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
			all = append(all, a)
		}
	}
	return all
}

var hostNameservers = uplink.Nameservers

func deviceOf(token string) string { return fmt.Sprintf("%s%08x", linkPrefix, hash(token)) }

// formerDeviceOf returns the name of the device in an earlier release.
func formerDeviceOf(token string) string { return fmt.Sprintf("%s%08x", anyLinkPrefix, hash(token)) }

func hash(token string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(token))
	return h.Sum32()
}

// plan chooses names and a /30 network that no interface of the host has.
func plan(token string) (Link, error) {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return Link{}, err
	}
	taken := map[string]bool{}
	for _, a := range own {
		address, _, _ := strings.Cut(a.String(), "/")
		taken[address] = true
	}
	base := pool.Addr().As4()
	const networks = 1 << 14
	for k := range uint32(networks) {
		n := (hash(token) + k) % networks
		base[2], base[3] = byte(n>>6), byte(n<<2)
		if l := between(token, deviceOf(token), netip.AddrFrom4(base).Next()); !taken[l.Host.String()] {
			return l, nil
		}
	}
	return Link{}, errors.New("all networks for machines are in use")
}

// between returns the link with the given address of the host's end, from which the
// others follow.
func between(token, device string, host netip.Addr) Link {
	guest := host.Next()
	const local = 0x02 // the bit of addresses that no manufacturer assigns
	return Link{token, device, host, guest, append(net.HardwareAddr{local, 0}, guest.AsSlice()...)}
}
