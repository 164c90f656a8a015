package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// add makes the pair of devices and sets the address of the host's end. Both are still
// down.
func (l Link) add(pid int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = l.Device, uplinkMTU()
	veth := &netlink.Veth{
		LinkAttrs: attrs, PeerName: inside, PeerHardwareAddr: l.MAC, PeerMTU: uint32(attrs.MTU), PeerNamespace: netlink.NsPid(pid),
	}
	err := netlink.LinkAdd(veth)
	if err == nil {
		err = netlink.LinkSetAlias(veth, l.Token) // the kernel ignores an alias in the request that makes the device
	}
	if err == nil {
		err = netlink.AddrAdd(veth, prefix(l.Host))
	}
	if err != nil {
		return fmt.Errorf("making the network of %s: %w", l.Token, err)
	}
	return l.harden()
}

// prefix returns an address with the prefix length of a link.
func prefix(a netip.Addr) *netlink.Addr {
	return &netlink.Addr{IPNet: &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(30, 32)}}
}

// settings make the host's end ignore all but its own address and the packets that the
// rules check.
var settings = map[string]string{
	"ipv4/conf/%s/rp_filter":           "1", // drop packets whose sender is not reached through this device
	"ipv4/conf/%s/arp_ignore":          "2", // do not answer for the host's other addresses
	"ipv4/conf/%s/arp_announce":        "2",
	"ipv4/conf/%s/proxy_arp":           "0",
	"ipv4/conf/%s/accept_redirects":    "0",
	"ipv4/conf/%s/send_redirects":      "0",
	"ipv4/conf/%s/accept_source_route": "0",
	"ipv4/conf/%s/accept_local":        "0",
	"ipv4/conf/%s/route_localnet":      "0",
	"ipv6/conf/%s/accept_ra":           "0",
	"ipv6/conf/%s/disable_ipv6":        "1",
}

// harden writes the settings. A kernel without IPv6 lacks some.
func (l Link) harden() (all error) {
	for file, value := range settings {
		err := os.WriteFile(filepath.Join("/proc/sys/net", fmt.Sprintf(file, l.Device)), []byte(value), 0)
		if !errors.Is(err, os.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// up sets both ends up and adds the machine's address and route.
func (l Link) up(pid int) error {
	host, err := netlink.LinkByName(l.Device)
	if err == nil {
		err = netlink.LinkSetUp(host)
	}
	if err == nil {
		err = l.address(pid)
	}
	if err != nil {
		return fmt.Errorf("bringing up the network of %s: %w", l.Token, err)
	}
	return nil
}

// address sets the machine's end up. It runs in the machine's namespace.
func (l Link) address(pid int) error {
	namespace, err := netns.GetFromPid(pid)
	if err != nil {
		return err
	}
	defer namespace.Close()
	h, err := netlink.NewHandleAt(namespace, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer h.Close()
	for name, address := range map[string]*netlink.Addr{"lo": nil, inside: prefix(l.Guest)} {
		end, err := h.LinkByName(name)
		if err != nil {
			return err
		}
		if address != nil {
			err = h.AddrAdd(end, address)
		}
		if err := errors.Join(err, h.LinkSetUp(end)); err != nil {
			return err
		}
	}
	return h.RouteAdd(&netlink.Route{Gw: l.Host.AsSlice()})
}

// uplinkMTU returns the MTU of the device with the default route. A larger one inside
// would lose packets silently.
func uplinkMTU() int {
	const toAnywhere, most = "00000000", 1400
	routes, err := os.ReadFile("/proc/thread-self/net/route")
	if err != nil {
		return most
	}
	for line := range strings.Lines(string(routes)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[1] != toAnywhere {
			continue
		}
		if device, err := net.InterfaceByName(f[0]); err == nil {
			return device.MTU
		}
	}
	return most
}

// remove removes the devices of a machine and returns how many devices others have.
func remove(token string) (left int, err error) {
	all, err := devices()
	for _, d := range all {
		// A device that has no alias yet is found by its name.
		name, owner := d.Attrs().Name, d.Attrs().Alias
		nameless := owner == "" && (name == deviceOf(token) || name == formerDeviceOf(token))
		if owner != token && !nameless {
			left++
			continue
		}
		// The kernel may be removing it, after the end of the machine.
		if err := netlink.LinkDel(d); err != nil && exists(name) {
			return left, fmt.Errorf("removing the network of %s: %w", token, err)
		}
	}
	return left, err
}

func exists(device string) bool {
	_, err := net.InterfaceByName(device)
	return err == nil
}

// devices returns the devices of machines on the host.
func devices() ([]netlink.Link, error) {
	all, err := whole(netlink.LinkList)
	return slices.DeleteFunc(all, func(d netlink.Link) bool {
		return !strings.HasPrefix(d.Attrs().Name, anyLinkPrefix)
	}), err
}

// whole calls list until the kernel's list did not change meanwhile.
func whole[T any](list func() ([]T, error)) ([]T, error) {
	for {
		all, err := list()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return all, err
		}
	}
}

// Tokens returns the tokens of machines by the names of their devices.
func Tokens() (map[string]string, error) {
	all, err := devices()
	tokens := map[string]string{}
	for _, d := range all {
		tokens[d.Attrs().Name] = d.Attrs().Alias
	}
	return tokens, err
}

// links returns the links of all machines except those of an earlier release. A link
// without an address is left out, because it was never finished and nothing passes it.
func links() (all []Link, err error) {
	ends, err := devices()
	if err != nil {
		return nil, err
	}
	addresses, err := whole(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_V4) })
	for _, d := range ends {
		i := slices.IndexFunc(addresses, func(a netlink.Addr) bool { return a.LinkIndex == d.Attrs().Index })
		if i < 0 || !strings.HasPrefix(d.Attrs().Name, linkPrefix) {
			continue
		}
		if host, ok := netip.AddrFromSlice(addresses[i].IP.To4()); ok && pool.Contains(host) {
			all = append(all, between(d.Attrs().Alias, d.Attrs().Name, host))
		}
	}
	return all, err
}
