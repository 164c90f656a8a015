package network

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Probe writes the rules in a network namespace of its own and returns the error of that.
func Probe() error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the namespace ends with the thread
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = addRules(nil, nil)
		}
		failed <- err
	}()
	return <-failed
}

// Obstacle is a rule of others that keeps machines from the world, and the command that
// makes an exception for them.
type Obstacle struct{ What, Remedy string }

// Obstacles returns the rules of this host that drop everything, before our chains or in
// other tables. Rules that drop less are not returned, because an administrator may want
// them.
func Obstacles() (all []Obstacle, err error) {
	c, err := nftables.New()
	if err != nil {
		return nil, err
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyUnspecified)
	if err != nil {
		return nil, err
	}
	for _, chain := range chains {
		if o, is := obstacle(c, chain); is {
			all = append(all, o)
		}
	}
	for _, p := range programs() {
		saved, serr := p.saved()
		err = errors.Join(err, serr)
		if slices.ContainsFunc(beforeOurs(saved["filter"]), dropsAll) {
			variant := strings.TrimSuffix(p.save, "-save")
			all = append(all, Obstacle{
				"a rule of FORWARD drops all that gets to it (" + variant + ")",
				fmt.Sprintf("sudo %[1]s -I FORWARD -i %[2]s+ -j ACCEPT && sudo %[1]s -I FORWARD -o %[2]s+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", variant, linkPrefix),
			})
		}
	}
	return all, err
}

// obstacle returns the obstacle that a chain of nft is, if it is one. Chains of iptables
// are checked elsewhere, because their remedy is another.
func obstacle(c *nftables.Conn, chain *nftables.Chain) (Obstacle, bool) {
	t := chain.Table
	family, ok := map[nftables.TableFamily]string{nftables.TableFamilyIPv4: "ip", nftables.TableFamilyINet: "inet"}[t.Family]
	forwards := chain.Hooknum != nil && *chain.Hooknum == *nftables.ChainHookForward
	drops := chain.Policy != nil && *chain.Policy == nftables.ChainPolicyDrop
	if !ok || !forwards || !drops || (family == "ip" && t.Name == "filter") {
		return Obstacle{}, false
	}
	rules, err := c.GetRules(t, chain)
	if err != nil || slices.ContainsFunc(rules, knowsMachines) {
		return Obstacle{}, false
	}
	name := strings.Join([]string{family, t.Name, chain.Name}, " ")
	return Obstacle{
		"the chain " + name + " drops everything else",
		fmt.Sprintf(`sudo nft 'insert rule %[1]s iifname "%[2]s*" accept; insert rule %[1]s oifname "%[2]s*" ct state established,related accept'`, name, linkPrefix),
	}, true
}

// knowsMachines reports whether a rule matches machines' devices.
func knowsMachines(r *nftables.Rule) bool {
	return slices.ContainsFunc(r.Exprs, func(e expr.Any) bool {
		cmp, ok := e.(*expr.Cmp)
		return ok && bytes.HasPrefix(cmp.Data, []byte(linkPrefix))
	})
}

// beforeOurs returns the rules of FORWARD before the call of our chain, or before one
// that accepts machines.
func beforeOurs(filter []string) (rules []string) {
	for _, line := range filter {
		rule, ok := strings.CutPrefix(line, "-A FORWARD ")
		switch {
		case !ok:
		case strings.Contains(rule, "-i "+linkPrefix), rule == "-j "+outChain:
			return rules
		default:
			rules = append(rules, rule)
		}
	}
	return rules
}

func dropsAll(rule string) bool {
	return rule == "-j DROP" || rule == "-j REJECT" || strings.HasPrefix(rule, "-j REJECT ")
}
