package network

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// add makes the pair of devices and gives the host's end its address. It is down yet.
func (l Link) add(pid int) error {
	// The kernel takes no alias for a device that it makes.
	script := fmt.Sprintf(`link add %[1]s mtu %[2]d type veth peer name %[4]s mtu %[2]d address %[7]s netns %[5]d
link set dev %[1]s alias %[3]s
addr add %[6]s/30 dev %[1]s
`, l.Device, uplinkMTU(), l.Token, inside, pid, l.Host, l.MAC)
	if err := run(script, "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("making the network of %s: %w", l.Token, err)
	}
	return l.harden()
}

// settings make the host's end deaf to all but its own address and the packets that the
// rules are for.
var settings = map[string]string{
	"ipv4/conf/%s/rp_filter":           "1", // take only what answers could be sent back to
	"ipv4/conf/%s/arp_ignore":          "2", // say nothing of the host's other addresses
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

// up brings both ends up and tells the machine its address.
func (l Link) up(pid int) error {
	if err := run("", "ip", "link", "set", l.Device, "up"); err != nil {
		return err
	}
	guest := fmt.Sprintf("link set lo up\naddr add %s/30 dev %s\nlink set %s up\nroute add default via %s\n", l.Guest, inside, inside, l.Host)
	if err := run(guest, "nsenter", "-t", fmt.Sprint(pid), "-n", "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("addressing the network of %s: %w", l.Token, err)
	}
	return nil
}

// uplinkMTU is that of the device with the default route: a larger one inside
// would lose packets without a word.
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

// remove removes the devices of a machine and says how many others have.
func remove(token string) (left int, err error) {
	all, err := Tokens()
	if err != nil {
		return 0, err
	}
	for device, owner := range all {
		// One that was made and not yet named is known by its own name.
		nameless := owner == "" && (device == deviceOf(token) || device == formerDeviceOf(token))
		if owner != token && !nameless {
			left++
			continue
		}
		if err := run("", "ip", "link", "del", device); err != nil && exists(device) {
			return left, fmt.Errorf("removing the network of %s: %w", token, err)
		}
	}
	return left, nil
}

func exists(device string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", device))
	return err == nil
}

// Tokens lists the devices of machines and whose they are.
func Tokens() (map[string]string, error) {
	aliases, err := filepath.Glob("/sys/class/net/" + anyLinkPrefix + "*/ifalias")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, a := range aliases {
		if token, err := os.ReadFile(a); err == nil {
			all[filepath.Base(filepath.Dir(a))] = strings.TrimSpace(string(token))
		}
	}
	return all, nil
}

// links lists the links of all machines, but for those of the release before. One
// without an address was never finished; nothing passes it.
func links() (all []Link, err error) {
	tokens, err := Tokens()
	for device, token := range tokens {
		if !strings.HasPrefix(device, linkPrefix) {
			continue
		}
		if host, ok := addressOf(device); ok {
			all = append(all, between(token, device, host))
		}
	}
	return all, err
}

// addressOf gives the address of a device on the host.
func addressOf(device string) (netip.Addr, bool) {
	i, err := net.InterfaceByName(device)
	if err != nil {
		return netip.Addr{}, false
	}
	addresses, err := i.Addrs()
	if err != nil || len(addresses) == 0 {
		return netip.Addr{}, false
	}
	p, err := netip.ParsePrefix(addresses[0].String())
	return p.Addr(), err == nil && pool.Contains(p.Addr())
}

func run(stdin, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}
