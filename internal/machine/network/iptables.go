package network

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/google/nftables"
)

// Our chains in tables of iptables, which may drop everything else, as Docker's FORWARD
// does. Our chains only accept; tables of our own have the rules that drop. They are
// called last, so that an administrator's rules that drop come before.
const (
	outChain  = "INGOT-OUT" // from machines, and back
	nameChain = "INGOT-DNS" // to a name server on the host
)

// call is a rule by which a chain of a table calls one of ours.
type call struct{ table, from, chain string }

// line returns the call as iptables-save prints it.
func (c call) line() string { return "-A " + c.from + " -j " + c.chain }

// calls are the calls of our chains. formerCalls are those of an earlier release, whose
// chains also dropped.
var (
	calls       = []call{{"filter", "FORWARD", outChain}, {"filter", "INPUT", nameChain}}
	formerCalls = []call{{"filter", "INPUT", "INGOT-IN"}, {"filter", "FORWARD", "INGOT-FWD"}, {"nat", "POSTROUTING", "INGOT-NAT"}}
)

// addChains adds our chains to the tables of iptables that this host has.
func addChains(servers []netip.Addr) error {
	want := acceptRules(servers)
	for _, p := range programs() {
		if err := p.addChains(want); err != nil {
			return err
		}
	}
	return nil
}

// acceptRules returns the rules of our chains, as iptables-save prints them.
func acceptRules(servers []netip.Addr) []string {
	const devices = linkPrefix + "+"
	all := []string{
		"-A " + outChain + " -i " + devices + " -j ACCEPT",
		"-A " + outChain + " -o " + devices + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
	}
	for _, s := range servers {
		for _, protocol := range []string{"udp", "tcp"} {
			all = append(all, fmt.Sprintf("-A %s -d %s/32 -i %s -p %s -m %s --dport 53 -j ACCEPT", nameChain, s, devices, protocol, protocol))
		}
	}
	return all
}

// program is a variant of iptables: each has tables of its own in the kernel.
type program struct{ save, restore string }

// programs returns the variants whose tables are in use on this host. The others are not
// called, because reading their tables would make them.
func programs() (all []program) {
	for _, v := range []struct {
		name string
		used func() bool
	}{{"iptables-nft", usesNFT}, {"iptables-legacy", usesLegacy}} {
		if !v.used() {
			continue
		}
		name := v.name
		if _, err := exec.LookPath(name + "-save"); err != nil {
			name = "iptables" // the host may have one variant, under this name
		}
		all = append(all, program{name + "-save", name + "-restore"})
	}
	return all
}

func usesNFT() bool {
	c, err := nftables.New()
	if err != nil {
		return false
	}
	tables, err := c.ListTablesOfFamily(nftables.TableFamilyIPv4)
	return err == nil && slices.ContainsFunc(tables, func(t *nftables.Table) bool { return t.Name == "filter" })
}

func usesLegacy() bool {
	names, err := os.ReadFile("/proc/thread-self/net/ip_tables_names")
	return err == nil && slices.Contains(strings.Fields(string(names)), "filter")
}

// addChains adds our chains if they are not as they should be.
func (p program) addChains(want []string) error {
	saved, err := p.saved()
	if err != nil {
		return err
	}
	has := slices.DeleteFunc(slices.Clone(saved["filter"]), func(line string) bool {
		return !strings.HasPrefix(line, "-A "+outChain+" ") && !strings.HasPrefix(line, "-A "+nameChain+" ")
	})
	script := slices.Concat([]string{"*filter", ":" + outChain + " - [0:0]", ":" + nameChain + " - [0:0]"}, want)
	complete := slices.Equal(slices.Sorted(slices.Values(has)), slices.Sorted(slices.Values(want)))
	for _, c := range calls {
		if !slices.Contains(saved[c.table], c.line()) {
			script, complete = append(script, c.line()), false
		}
	}
	if complete {
		return nil
	}
	return p.change(append(script, "COMMIT"))
}

// change runs a script of iptables-restore.
func (p program) change(script []string) error {
	cmd := exec.Command(p.restore, "-w", "--noflush")
	cmd.Stdin = strings.NewReader(strings.Join(script, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.restore, err, bytes.TrimSpace(out))
	}
	return nil
}

// removeChains removes our chains.
func removeChains() (all error) {
	for _, p := range programs() {
		all = errors.Join(all, p.removeChains())
	}
	return all
}

// removeChains removes our chains, those of each table at once.
func (p program) removeChains() error {
	saved, err := p.saved()
	if err != nil {
		return err
	}
	for _, table := range []string{"filter", "nat"} {
		var uncall, remove []string
		for _, c := range slices.Concat(calls, formerCalls) {
			if c.table != table {
				continue
			}
			for range count(saved[table], c.line()) {
				uncall = append(uncall, "-D "+c.from+" -j "+c.chain)
			}
			if declares(saved[table], c.chain) {
				remove = append(remove, "-F "+c.chain, "-X "+c.chain)
			}
		}
		if len(uncall)+len(remove) > 0 {
			err = errors.Join(err, p.change(slices.Concat([]string{"*" + table}, uncall, remove, []string{"COMMIT"})))
		}
	}
	return err
}

// chains returns those of our chains that exist, for people.
func chains() (found []string, err error) {
	for _, p := range programs() {
		saved, serr := p.saved()
		err = errors.Join(err, serr)
		for _, c := range slices.Concat(calls, formerCalls) {
			if declares(saved[c.table], c.chain) {
				found = append(found, "chain "+c.chain+" of "+p.restore)
			}
		}
	}
	return found, err
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

func declares(lines []string, chain string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, ":"+chain+" ") })
}

// saved returns the lines of each table.
func (p program) saved() (map[string][]string, error) {
	out, err := exec.Command(p.save).Output()
	if err != nil {
		return nil, fmt.Errorf("reading the host's packet filter: %s: %w", p.save, err)
	}
	tables := map[string][]string{}
	var table string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "*"); ok {
			table = name
			continue
		}
		tables[table] = append(tables[table], line)
	}
	return tables, nil
}
