// Package network gives each machine a network of its own: a pair of virtual
// Ethernet devices, one end in the machine's network namespace, with NAT to
// wherever the host can reach. Nothing of the host itself can be reached from it but
// a name server that the host has on one of its own addresses.
//
// What is there for all machines goes with the last of them: the rules of the host's
// packet filter, which are in tables and chains of our own, and forwarding if we had to
// switch it on.
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
	// linkPrefix begins the names of machines' devices on the host. Rules know them by
	// it, so that they hold for a device from its first moment.
	linkPrefix = "ingot-"
	// anyLinkPrefix begins those of the release before, too, whose machines may run on.
	// They keep the rules that they were started with.
	anyLinkPrefix = "ingot"
	inside        = "ingot0" // a name that no distribution's network manager claims
	// lockFile is locked while links and rules change: machines come and go side by
	// side, and the last one takes the rules with it.
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

// Attach connects the network namespace of a process. The machine's link comes up when
// all that keeps it in its place is there.
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

// Detach removes the network of a machine; one that is not there is no error. The
// rules go with the last.
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

// Sweep removes what a process that was killed left of the rules, where no machine has a
// network.
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

// Unswept lists what [Sweep] would remove.
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
	if there, err := stands(c); there || err != nil {
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

// openHost writes all that machines need of the host, for the links that are there.
func openHost() error {
	all, err := links()
	if err != nil {
		return err
	}
	servers := resolvers()
	if err := enclose(all, servers); err != nil {
		return err
	}
	if err := admit(servers); err != nil {
		return fmt.Errorf("letting machines through the host's packet filter: %w", err)
	}
	return openForwarding()
}

// closeHost takes our rules away and sets forwarding as it was.
func closeHost() error {
	return errors.Join(demolish(), withdraw(), closeForwarding())
}

// resolvers are the name servers of the host.
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

// formerDeviceOf is what the release before called it.
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

// between is the link with an address of the host's end, from which all others follow.
func between(token, device string, host netip.Addr) Link {
	guest := host.Next()
	const local = 0x02 // an address that no maker has given out
	return Link{token, device, host, guest, append(net.HardwareAddr{local, 0}, guest.AsSlice()...)}
}
