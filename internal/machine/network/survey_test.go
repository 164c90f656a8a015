package network_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"ingot/internal/machine/network"
)

func TestProbeChangesNothing(t *testing.T) {
	newWorld(t)
	if err := network.Probe(); err != nil {
		t.Error(err)
	}
	if hasRules(t) {
		t.Error("the probe left rules")
	}
}

// obstacles returns the remedies of the obstacles.
func obstacles(t *testing.T) (remedies []string) {
	t.Helper()
	all, err := network.Obstacles()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		remedies = append(remedies, strings.NewReplacer("sudo ", "").Replace(o.Remedy))
	}
	return remedies
}

// TestRemediesHelp has rules that drop before ours, and runs the remedies.
func TestRemediesHelp(t *testing.T) {
	for _, v := range variants {
		t.Run(v, func(t *testing.T) {
			policy(t, v, "FORWARD", "ACCEPT")
			sh(t, v+" -w -A FORWARD -j REJECT --reject-with icmp-host-prohibited")
			s := newScene(t)
			isRejected(t, s.mallory.pid, at(worldAddress, s.atWorld.port()))
			s.atWorld.isEmpty(t)
			remedies := obstacles(t)
			if len(remedies) != 1 {
				t.Fatalf("%q", remedies)
			}
			sh(t, remedies[0])
			s.waitArrived(t)
			if left := obstacles(t); len(left) > 0 {
				t.Errorf("%q is still in the way", left)
			}
		})
	}
}

// isRejected sends a datagram and waits for the error that it was rejected. The kernel
// reports that once a second at most, so the datagram is sent again.
func isRejected(t *testing.T, pid int, address string) {
	t.Helper()
	err := in(pid, func() error {
		conn, err := net.Dial("udp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		for range 60 {
			if _, err = conn.Write([]byte("rejected")); err == nil {
				_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // sockets have deadlines
				_, err = conn.Read(make([]byte, 1))
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				return err
			}
		}
		return err
	})
	if !errors.Is(err, unix.EHOSTUNREACH) {
		t.Fatalf("a datagram that is rejected gives %v", err)
	}
}

// TestObstacleInAnotherTable has a chain that drops beside those of iptables.
func TestObstacleInAnotherTable(t *testing.T) {
	newWorld(t)
	c, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	policy := nftables.ChainPolicyDrop
	table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "theirs"})
	chain := c.AddChain(&nftables.Chain{
		Table: table, Name: "forward", Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter, Policy: &policy,
	})
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.DelTable(table)
		if err := c.Flush(); err != nil {
			t.Error(err)
		}
	})
	if got := obstacles(t); len(got) != 1 || !strings.HasPrefix(got[0], `nft 'insert rule inet theirs forward iifname "ingot-*" accept; `) {
		t.Errorf("%q", got)
	}
	c.InsertRule(&nftables.Rule{Table: table, Chain: chain, Exprs: network.FromMachines})
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := obstacles(t); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
