package network_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"ingot/internal/machine/network"
)

// variants are the programs of iptables, each with tables of its own.
var variants = []string{"iptables-nft", "iptables-legacy"}

// policy sets the policy of a chain of a variant until the end of the test.
func policy(t *testing.T, variant, chain, what string) {
	t.Helper()
	needs(t, variant)
	sh(t, fmt.Sprintf("%s -w -P %s %s", variant, chain, what))
	t.Cleanup(func() { sh(t, fmt.Sprintf("%s -w -P %s ACCEPT; %s -w -F %s", variant, chain, variant, chain)) })
}

func needs(t *testing.T, variant string) {
	t.Helper()
	needRoot(t)
	if _, err := exec.LookPath(variant); err != nil {
		t.Skip("this host lacks ", variant)
	}
}

// TestForwardPolicyDrop has a host whose FORWARD drops by policy, as
// with Docker.
func TestForwardPolicyDrop(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			policy(t, v, "FORWARD", "DROP")
			newScene(t).waitArrived(t)
		})
	}
}

// TestInputPolicyDrop has a host whose INPUT drops by policy.
func TestInputPolicyDrop(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			network.SetNameservers(t, hostAddress.String())
			policy(t, v, "INPUT", "DROP")
			sh(t, v+" -w -A INPUT -i lo -j ACCEPT")
			s := newScene(t)
			dns := listen(t, here, at(hostAddress, 53))
			tell(t, s.mallory.pid, at(hostAddress, 53), "a question")
			dns.expect(t, "a question")
		})
	}
}

// TestAdministratorsDropHolds has rules that drop, from before the machines.
func TestAdministratorsDropHolds(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			policy(t, v, "FORWARD", "ACCEPT")
			sh(t, fmt.Sprintf("%s -w -A FORWARD -d %s -p udp --dport 7777 -j DROP", v, worldAddress))
			s := newScene(t)
			box := listen(t, s.world.pid, ":7777")
			tell(t, s.mallory.pid, at(worldAddress, 7777), "dropped")
			s.waitArrived(t)
			box.isEmpty(t)
			sh(t, v+" -w -F FORWARD; "+v+" -w -A FORWARD -j INGOT-OUT")
			tell(t, s.mallory.pid, at(worldAddress, 7777), "no longer")
			box.expect(t, "no longer")
		})
	}
}

// TestAdministratorsAcceptOpensNothing has rules that accept everything, before and
// after ours.
func TestAdministratorsAcceptOpensNothing(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			policy(t, v, "INPUT", "ACCEPT")
			policy(t, v, "FORWARD", "ACCEPT")
			accept := fmt.Sprintf("for c in INPUT FORWARD; do %[1]s -w -I $c -j ACCEPT; %[1]s -w -A $c -j ACCEPT; done", v)
			sh(t, accept)
			s := newScene(t)
			sh(t, accept)
			tell(t, s.mallory.pid, at(hostAddress, s.atHost.port()), "to the host")
			tell(t, s.mallory.pid, at(s.victim.Guest, s.atVictim.port()), "to another machine")
			s.waitArrived(t)
			s.atHost.isEmpty(t)
			s.atVictim.isEmpty(t)
			s.undefend(t)
			tell(t, s.mallory.pid, at(hostAddress, s.atHost.port()), "to the host")
			s.atHost.expect(t, "to the host")
		})
	}
}

// TestChangedChainsAreRepaired removes the calls of our chains.
func TestChangedChainsAreRepaired(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			policy(t, v, "FORWARD", "DROP")
			s := newScene(t)
			sh(t, v+" -w -F FORWARD; "+v+" -w -F INGOT-OUT")
			attach(t, "test-net-e", namespace(t))
			s.waitArrived(t)
			if got := sh(t, v+" -w -S FORWARD"); strings.Count(got, "-j INGOT-OUT") != 1 {
				t.Error(got)
			}
		})
	}
}

// former is what an earlier release wrote into iptables.
const former = `*nat
:INGOT-NAT - [0:0]
-A INGOT-NAT -s 10.213.0.0/16 ! -o ingot+ -j MASQUERADE
-I POSTROUTING 1 -j INGOT-NAT
COMMIT
*filter
:INGOT-IN - [0:0]
:INGOT-FWD - [0:0]
-A INGOT-IN -i ingot+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INGOT-IN -i ingot+ -j DROP
-A INGOT-FWD -i ingot+ -o ingot+ -j DROP
-A INGOT-FWD -i ingot+ -d 169.254.0.0/16 -j DROP
-A INGOT-FWD -i ingot+ -j ACCEPT
-A INGOT-FWD -o ingot+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-I FORWARD 1 -j INGOT-FWD
-I INPUT 1 -j INGOT-IN
COMMIT
`

// formerly starts a machine as an earlier release did.
func formerly(t *testing.T, variant string) (token string, pid int) {
	t.Helper()
	needs(t, variant)
	pid, token = namespace(t), "test-former"
	sh(t, fmt.Sprintf(`%s-restore -w --noflush <<'END'
%sEND
ip link add ingot0badcafe type veth peer name ingot0 netns %[3]d
ip link set ingot0badcafe alias %[4]s
ip addr add 10.213.1.1/30 dev ingot0badcafe
ip link set ingot0badcafe up
nsenter -t %[3]d -n sh -ec 'ip link set lo up; ip addr add 10.213.1.2/30 dev ingot0; ip link set ingot0 up; ip route add default via 10.213.1.1'
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || cat /proc/sys/net/ipv4/ip_forward >/run/ingot-ip_forward
echo 1 >/proc/sys/net/ipv4/ip_forward`, variant, former, pid, token))
	return token, pid
}

// TestMachinesOfAnEarlierRelease has one beside new machines, which end first. It was
// started before them, or was restarted after them by its supervisor of that release.
func TestMachinesOfAnEarlierRelease(t *testing.T) {
	for _, v := range variants {
		t.Run(v+", before new ones", func(t *testing.T) {
			token, old := formerly(t, v)
			goOn(t, newScene(t), token, old)
		})
		t.Run(v+", after new ones", func(t *testing.T) {
			s := newScene(t)
			token, old := formerly(t, v)
			goOn(t, s, token, old)
		})
	}
}

func goOn(t *testing.T, s *scene, token string, old int) {
	t.Helper()
	reach := func() {
		t.Helper()
		tell(t, old, at(worldAddress, s.atWorld.port()), "from the old machine")
		s.atWorld.expect(t, "from the old machine")
	}
	reach()
	s.waitArrived(t)
	box := listen(t, old, ":0")
	tell(t, s.mallory.pid, fmt.Sprintf("10.213.1.2:%d", box.port()), "from machine to machine")
	tell(t, old, at(s.mallory.Host, s.atHost.port()), "to the host")
	tell(t, old, at(s.victim.Guest, s.atVictim.port()), "from machine to machine")
	s.waitArrived(t)
	reach()
	box.isEmpty(t)
	s.atHost.isEmpty(t)
	s.atVictim.isEmpty(t)
	for _, gone := range []string{"test-mallory", "test-victim"} {
		if err := network.Detach(gone); err != nil {
			t.Fatal(err)
		}
	}
	reach()
	if err := network.Detach(token); err != nil {
		t.Fatal(err)
	}
	if hasRules(t) {
		t.Error("rules are left after the last machine")
	}
}

// TestSweepRemovesRulesOfAnEarlierRelease has rules of an earlier release and no machine.
func TestSweepRemovesRulesOfAnEarlierRelease(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			formerly(t, v)
			sh(t, "ip link del ingot0badcafe")
			if err := network.Sweep(); err != nil {
				t.Fatal(err)
			}
			if hasRules(t) {
				t.Error("rules are left")
			}
			if got := sh(t, "cat "+forwarding); got != "0\n" {
				t.Errorf("forwarding is %q", got)
			}
		})
	}
}
