package network_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

// What is dropped waits for the end of dropTime; what is let through has dialTime, which
// is long on a host where others boot machines.
const (
	dropTime = 400 * time.Millisecond
	dialTime = 10 * time.Second
)

// namespace is a process in a network of its own.
func namespace(t *testing.T) int {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("networks need root")
	}
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// in runs f in the network of a process.
func in(t *testing.T, pid int, f func() error) error {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with us
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// world is a network beyond the host, with a server.
func world(t *testing.T) (address string) {
	t.Helper()
	pid := namespace(t)
	device := fmt.Sprintf("w%d", pid)
	sh(t, fmt.Sprintf(`ip link add %[1]s type veth peer name out netns %[2]d
ip addr add 198.18.77.1/30 dev %[1]s
ip link set %[1]s up
nsenter -t %[2]d -n sh -ec 'ip link set lo up; ip addr add 198.18.77.2/30 dev out; ip link set out up'`, device, pid))
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", device).Run() })
	err := in(t, pid, func() error {
		l, err := net.Listen("tcp4", "198.18.77.2:0")
		if err == nil {
			address = l.Addr().String()
			accept(t, l)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func accept(t *testing.T, l net.Listener) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
}

func sh(t *testing.T, script string) {
	t.Helper()
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
}

// dial connects from a namespace within a time.
func dial(t *testing.T, pid int, address string, within time.Duration) error {
	t.Helper()
	return in(t, pid, func() error {
		conn, err := net.DialTimeout("tcp", address, within)
		if err == nil {
			conn.Close()
		}
		return err
	})
}

func attach(t *testing.T, token string, pid int) network.Link {
	t.Helper()
	l, err := network.Attach(token, pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Detach(token); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestMachinesReachTheWorldAndNotTheHost(t *testing.T) {
	outside := world(t)
	a, b := namespace(t), namespace(t)
	first, second := attach(t, "test-net-a", a), attach(t, "test-net-b", b)
	if err := dial(t, a, outside, dialTime); err != nil {
		t.Errorf("the world is out of reach: %v", err)
	}
	host, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	accept(t, host)
	_, port, _ := net.SplitHostPort(host.Addr().String())
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		ip, _, err := net.ParseCIDR(address.String())
		if err != nil || ip.To4() == nil {
			continue
		}
		if err := dial(t, a, net.JoinHostPort(ip.String(), port), dropTime); err == nil {
			t.Errorf("a machine reaches the host at %s", ip)
		}
	}
	err = in(t, b, func() error {
		l, err := net.Listen("tcp4", ":4040")
		if err == nil {
			accept(t, l)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dial(t, a, second.Guest.String()+":4040", dropTime); err == nil {
		t.Error("one machine reaches another")
	}
	if conn, err := net.DialTimeout("tcp", second.Guest.String()+":4040", dialTime); err != nil {
		t.Errorf("the host does not reach a machine: %v", err)
	} else {
		conn.Close()
	}
	if first.Host == second.Host {
		t.Errorf("two machines have one network: %v", first.Host)
	}
}

// TestOneMachineTakesNothingFromAnother ends one machine beside another.
func TestOneMachineTakesNothingFromAnother(t *testing.T) {
	outside := world(t)
	attach(t, "test-net-g", namespace(t))
	pid := namespace(t)
	l := attach(t, "test-net-h", pid)
	all, err := network.Tokens()
	if err != nil || all[l.Device] != "test-net-h" {
		t.Errorf("%s belongs to nobody: %v, %v", l.Device, all, err)
	}
	if err := network.Detach("test-net-g"); err != nil {
		t.Fatal(err)
	}
	if err := dial(t, pid, outside, dialTime); err != nil {
		t.Errorf("the other machine lost the world: %v", err)
	}
}

func TestTheLastMachineTakesTheRulesWithIt(t *testing.T) {
	before, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
	if err != nil {
		t.Fatal(err)
	}
	attach(t, "test-net-c", namespace(t))
	if err := network.Detach("test-net-c"); err != nil {
		t.Fatal(err)
	}
	all, err := network.Tokens()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) > 0 {
		t.Errorf("links are left: %v", all)
	}
	rules, err := exec.Command("iptables-save").CombinedOutput()
	if err != nil || strings.Contains(string(rules), "INGOT") {
		t.Errorf("rules are left over: %v: %s", err, rules)
	}
	if after, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward"); err != nil || string(after) != string(before) {
		t.Errorf("forwarding was %q and is %q, %v", before, after, err)
	}
}

func TestHalfOfTheRulesIsMended(t *testing.T) {
	outside := world(t)
	attach(t, "test-net-d", namespace(t))
	sh(t, "iptables -w -D INPUT -j INGOT-IN; iptables -w -t nat -D POSTROUTING -j INGOT-NAT")
	pid := namespace(t)
	attach(t, "test-net-e", pid)
	if err := dial(t, pid, outside, dialTime); err != nil {
		t.Errorf("the world is out of reach: %v", err)
	}
}

// TestANameServerOnTheHostAnswers has the host's name server on an address of its
// own, where nothing else may be reached.
func TestANameServerOnTheHostAnswers(t *testing.T) {
	world(t)
	const own = "198.18.77.1"
	network.SetNameservers(t, own, "169.254.169.253")
	pid := namespace(t)
	attach(t, "test-net-f", pid)
	for port, within := range map[string]time.Duration{"53": dialTime, "5353": dropTime} {
		l, err := net.Listen("tcp", net.JoinHostPort(own, port))
		if err != nil {
			t.Fatal(err)
		}
		accept(t, l)
		if err := dial(t, pid, l.Addr().String(), within); (err == nil) != (port == "53") {
			t.Errorf("port %s: %v", port, err)
		}
	}
	out, err := exec.Command("iptables", "-w", "-S", "INGOT-FWD").CombinedOutput()
	const first = "-A INGOT-FWD -d 169.254.169.253/32 -i ingot+ -p tcp -m tcp --dport 53 -j ACCEPT"
	if err != nil || !strings.Contains(string(out), "-N INGOT-FWD\n"+first) {
		t.Errorf("%s, %v", out, err)
	}
}
