package network_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

const forwarding = "/proc/sys/net/ipv4/ip_forward"

func TestMachinesReachTheWorld(t *testing.T) {
	s := newScene(t)
	l, conns := serve(t, s.world.pid, ":0")
	if err := dial(t, s.mallory.pid, at(worldAddress, uint16(l.Addr().(*net.TCPAddr).Port))); err != nil {
		t.Fatal(err)
	}
	conn := <-conns
	defer conn.Close()
	if from, _, _ := net.SplitHostPort(conn.RemoteAddr().String()); from != hostAddress.String() {
		t.Errorf("the world sees the machine as %s", from)
	}
}

// TestDetachKeepsOtherMachines detaches one machine beside another.
func TestDetachKeepsOtherMachines(t *testing.T) {
	s := newScene(t)
	all, err := network.Tokens()
	if err != nil || all[s.victim.Device] != "test-victim" {
		t.Errorf("%s belongs to nobody: %v, %v", s.victim.Device, all, err)
	}
	if err := network.Detach("test-mallory"); err != nil {
		t.Fatal(err)
	}
	tell(t, s.victim.pid, at(worldAddress, s.atWorld.port()), "hello")
	s.atWorld.expect(t, "hello")
}

func TestRulesGoWithTheLastMachine(t *testing.T) {
	needRoot(t)
	before, err := os.ReadFile(forwarding)
	if err != nil {
		t.Fatal(err)
	}
	sh(t, "iptables -w -N OTHERS; iptables-legacy -w -N OTHERS")
	t.Cleanup(func() { sh(t, "iptables -w -X OTHERS; iptables-legacy -w -X OTHERS") })
	attach(t, "test-net-c", namespace(t))
	if err := network.Detach("test-net-c"); err != nil {
		t.Fatal(err)
	}
	if all, err := network.Tokens(); err != nil || len(all) > 0 {
		t.Errorf("links are left: %v, %v", all, err)
	}
	if hasRules(t) {
		t.Error("rules are left over")
	}
	if after, err := os.ReadFile(forwarding); err != nil || string(after) != string(before) {
		t.Errorf("forwarding was %q and is %q, %v", before, after, err)
	}
	if !strings.Contains(sh(t, "iptables -w -S; iptables-legacy -w -S"), "-N OTHERS") {
		t.Error("a rule of others is gone")
	}
}

// TestKilledMachinesLeaveNoRules detaches machines immediately after they are
// killed, while the kernel still removes their devices.
func TestKilledMachinesLeaveNoRules(t *testing.T) {
	for i := range 20 {
		pid, token := namespace(t), fmt.Sprintf("killed-%d", i)
		if _, err := network.Attach(token, pid); err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := network.Detach(token); err != nil {
			t.Error(err)
		}
		if hasRules(t) {
			t.Fatalf("the rules are left after machine %d", i)
		}
	}
}

// TestChangedRulesAreRepaired changes the rules while a machine runs.
func TestChangedRulesAreRepaired(t *testing.T) {
	for name, harm := range map[string]func() error{
		"all are gone":            network.RemoveRules,
		"the rules of a chain":    func() error { return network.FlushChain("source") },
		"what tells the machines": network.FlushGuests,
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			if !network.AsWritten() {
				t.Error("the kernel returns other rules than were written, so they are rewritten each time")
			}
			if err := harm(); err != nil {
				t.Fatal(err)
			}
			attach(t, "test-net-e", namespace(t))
			if !network.AsWritten() {
				t.Error("the rules are not as they were")
			}
			s.waitArrived(t)
		})
	}
}

// TestNameServersChange changes the host's name servers while a machine runs.
func TestNameServersChange(t *testing.T) {
	network.SetNameservers(t, "198.18.0.1")
	s := newScene(t)
	network.SetNameservers(t, hostAddress.String())
	attach(t, "test-net-e", namespace(t))
	box := listen(t, here, at(hostAddress, 53))
	tell(t, s.mallory.pid, at(hostAddress, 53), "a question")
	box.expect(t, "a question")
}

// TestStoppedBetweenSteps stops between the steps that connect a machine, and
// then between those that disconnect it.
func TestStoppedBetweenSteps(t *testing.T) {
	const token = "test-half"
	w := newWorld(t)
	atWorld, atHost := listen(t, w.pid, ":0"), listen(t, here, ":0")
	for done := range 4 {
		pid := namespace(t)
		l, steps := network.StepsUp(token, pid)
		for _, step := range steps[:done] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		g := guest{l, pid}
		if done > 1 { // else there is no link
			// Root inside does the missing steps on its side.
			sh(t, fmt.Sprintf("nsenter -t %d -n sh -ec 'ip addr add %s/30 dev ingot0; ip link set ingot0 up; ip route add default via %s'", pid, l.Guest, l.Host))
			for address, box := range map[netip.Addr]inbox{worldAddress: atWorld, hostAddress: atHost} {
				g.send(t, g.datagram(worldAddress, netip.AddrPortFrom(address, box.port()), "out"))
				g.send(t, g.datagram(l.Guest, netip.AddrPortFrom(address, box.port()), "out"))
				box.isEmpty(t)
			}
		}
		if err := network.Detach(token); err != nil {
			t.Fatal(err)
		}
		if hasRules(t) {
			t.Errorf("after %d steps and the end of the machine, rules are left", done)
		}
	}
	for done := range network.StepsDown(token) {
		attach(t, token, namespace(t))
		for _, step := range network.StepsDown(token)[:done] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if done > 0 { // else there is a machine
			if err := network.Sweep(); err != nil {
				t.Fatal(err)
			}
			if hasRules(t) {
				t.Errorf("after %d steps down the next start leaves rules", done)
			}
		}
	}
}

// TestSweepKeepsMachines calls Sweep beside a machine.
func TestSweepKeepsMachines(t *testing.T) {
	s := newScene(t)
	if err := network.Sweep(); err != nil {
		t.Fatal(err)
	}
	if left, err := network.Unswept(); err != nil || len(left) > 0 {
		t.Errorf("Unswept returns what machines use: %q, %v", left, err)
	}
	s.waitArrived(t)
}
