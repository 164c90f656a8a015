// Package network gives each machine a network of its own: a pair of virtual
// Ethernet devices, one end in the machine's network namespace, with NAT to
// wherever the host can reach. Nothing of the host itself can be reached from it but
// a name server that the host has on one of its own addresses.
//
// The rules of the host's packet filter are in chains of our own and go with the
// last machine, as does forwarding if we had to switch it on.
package network

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	linkPrefix = "ingot"
	inside     = "ingot0" // a name that no distribution's network manager claims
	chain      = "INGOT"
	forwarding = "/proc/sys/net/ipv4/ip_forward"
	// remembered says, while machines have networks, how forwarding was before.
	remembered = "/run/ingot-ip_forward"
	// lockFile is locked while links and rules change: machines come and go side by
	// side, and the last one takes the rules with it.
	lockFile = "/run/ingot-network.lock"
)

// pool is the range that machines take /30 networks from.
var pool = netip.MustParsePrefix("10.213.0.0/16")

// Link is the network of one machine.
type Link struct {
	Token  string
	Device string     // on the host
	Host   netip.Addr // address of the host's end
	Guest  netip.Addr // address of the machine's end
}

// Attach connects the network namespace of a process.
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
	if err := errors.Join(openHost(), openResolvers()); err != nil {
		return l, fmt.Errorf("opening the host's packet filter: %w", err)
	}
	if err := l.connect(pid); err != nil {
		_, rerr := remove(token)
		return l, errors.Join(err, rerr)
	}
	return l, nil
}

// lock keeps other processes of ours away from the host's network.
func lock() (unlock func(), err error) {
	f, err := os.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// connect makes the pair of devices and gives both ends their addresses.
func (l Link) connect(pid int) error {
	// The kernel takes no alias for a device that it makes.
	host := fmt.Sprintf(`link add %[1]s mtu %[2]d type veth peer name %[4]s mtu %[2]d netns %[5]d
link set dev %[1]s alias %[3]s
addr add %[6]s/30 dev %[1]s
`, l.Device, uplinkMTU(), l.Token, inside, pid, l.Host)
	if err := run(host, "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("making the network of %s: %w", l.Token, err)
	}
	// The rules are for IPv4; the host must not answer to anything else there.
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+l.Device+"/disable_ipv6", []byte("1"), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := run("", "ip", "link", "set", l.Device, "up"); err != nil {
		return err
	}
	guest := fmt.Sprintf("link set lo up\naddr add %s/30 dev %s\nlink set %s up\nroute add default via %s\n", l.Guest, inside, inside, l.Host)
	if err := run(guest, "nsenter", "-t", fmt.Sprint(pid), "-n", "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("addressing the network of %s: %w", l.Token, err)
	}
	return nil
}

func deviceOf(token string) string { return fmt.Sprintf("%s%08x", linkPrefix, hash(token)) }

func hash(token string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(token))
	return h.Sum32()
}

// plan chooses names and a /30 network that no interface of the host has.
func plan(token string) (Link, error) {
	l := Link{Token: token, Device: deviceOf(token)}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return l, err
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
		l.Host = netip.AddrFrom4(base).Next()
		l.Guest = l.Host.Next()
		if !taken[l.Host.String()] {
			return l, nil
		}
	}
	return l, errors.New("all networks for machines are in use")
}

// uplinkMTU is that of the device with the default route: a larger one inside
// would lose packets without a word.
func uplinkMTU() int {
	const toAnywhere, most = "00000000", 1400
	routes, err := os.ReadFile("/proc/net/route")
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

// rules are what machines may do: go out through NAT and get answers. Nothing that
// ends at the host itself, nothing to each other, and nothing to the link-local
// addresses where a cloud answers with the host's own credentials. The last line
// makes them count, so its presence says that all are there.
var rules = []string{
	"*nat",
	":" + chain + "-NAT - [0:0]",
	"-A " + chain + "-NAT -s " + pool.String() + " ! -o " + linkPrefix + "+ -j MASQUERADE",
	"-I POSTROUTING 1 -j " + chain + "-NAT",
	"COMMIT",
	"*filter",
	":" + chain + "-IN - [0:0]", ":" + chain + "-FWD - [0:0]",
	"-A " + chain + "-IN -i " + linkPrefix + "+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
	"-A " + chain + "-IN -i " + linkPrefix + "+ -j DROP",
	"-A " + chain + "-FWD -i " + linkPrefix + "+ -o " + linkPrefix + "+ -j DROP",
	"-A " + chain + "-FWD -i " + linkPrefix + "+ -d 169.254.0.0/16 -j DROP",
	"-A " + chain + "-FWD -i " + linkPrefix + "+ -j ACCEPT",
	"-A " + chain + "-FWD -o " + linkPrefix + "+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
	"-I FORWARD 1 -j " + chain + "-FWD",
	"-I INPUT 1 -j " + chain + "-IN",
	"COMMIT", "",
}

// hooks are where our chains are called from.
var hooks = [][]string{
	{"filter", "INPUT", chain + "-IN"}, {"filter", "FORWARD", chain + "-FWD"}, {"nat", "POSTROUTING", chain + "-NAT"},
}

func openHost() error {
	if run("", "iptables", "-w", "-C", "INPUT", "-j", chain+"-IN") != nil {
		if err := closeFilter(); err != nil { // what an interrupted process left
			return err
		}
		if err := run(strings.Join(rules, "\n"), "iptables-restore", "-w", "--noflush"); err != nil {
			return err
		}
	}
	was, err := os.ReadFile(forwarding)
	if err != nil || strings.TrimSpace(string(was)) == "1" {
		return err
	}
	if err := os.WriteFile(remembered, was, 0o600); err != nil {
		return err
	}
	return os.WriteFile(forwarding, []byte("1"), 0)
}

// closeHost takes our rules away and sets forwarding as it was.
func closeHost() error {
	if err := closeFilter(); err != nil {
		return err
	}
	was, err := os.ReadFile(remembered)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(forwarding, was, 0), os.Remove(remembered))
}

// closeFilter takes away what is there of our rules, all at once.
func closeFilter() error {
	saved, err := exec.Command("iptables-save").Output()
	if err != nil {
		return fmt.Errorf("reading the host's packet filter: %w", err)
	}
	var table string
	unhook, drop := map[string]string{}, map[string]string{}
	for line := range strings.Lines(string(saved)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "*"); ok {
			table = rest
		}
		for _, h := range hooks {
			switch {
			case table != h[0]:
			case line == "-A "+h[1]+" -j "+h[2]:
				unhook[table] += "-D " + h[1] + " -j " + h[2] + "\n"
			case strings.HasPrefix(line, ":"+h[2]+" "):
				drop[table] += "-F " + h[2] + "\n-X " + h[2] + "\n"
			}
		}
	}
	var script string
	for _, table := range []string{"filter", "nat"} {
		if unhook[table]+drop[table] != "" {
			script += "*" + table + "\n" + unhook[table] + drop[table] + "COMMIT\n"
		}
	}
	if script == "" {
		return nil
	}
	return run(script, "iptables-restore", "-w", "--noflush")
}

// Detach removes the network of a machine; one that is not there is no error. The
// rules go with the last.
func Detach(token string) error {
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	left, err := remove(token)
	if err != nil || left > 0 {
		return err
	}
	return closeHost()
}

// remove removes the devices of a machine and says how many others have.
func remove(token string) (left int, err error) {
	all, err := Tokens()
	if err != nil {
		return 0, err
	}
	for device, owner := range all {
		// One that was made and not yet named is known by its own name.
		if owner != token && (owner != "" || device != deviceOf(token)) {
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
	aliases, err := filepath.Glob("/sys/class/net/" + linkPrefix + "*/ifalias")
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

func run(stdin, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}
