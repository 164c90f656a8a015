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

// Where the host's tables are those of iptables, they may drop what they do not know, as
// Docker has them do. So they get two chains of ours that accept. They are called last:
// a rule of an administrator that drops comes before. They hold nothing off; the walls
// do that, in a table of their own.
const (
	outChain  = "INGOT-OUT" // from machines, and back
	nameChain = "INGOT-DNS" // to a name server on the host
)

// call says that a chain of a table calls one of ours.
type call struct{ table, from, chain string }

// line is how iptables-save prints it.
func (c call) line() string { return "-A " + c.from + " -j " + c.chain }

// calls are those of our chains, and formerCalls those of the release before, in which
// they were the walls.
var (
	calls       = []call{{"filter", "FORWARD", outChain}, {"filter", "INPUT", nameChain}}
	formerCalls = []call{{"filter", "INPUT", "INGOT-IN"}, {"filter", "FORWARD", "INGOT-FWD"}, {"nat", "POSTROUTING", "INGOT-NAT"}}
)

// admit adds our chains to the tables of iptables that this host has.
func admit(servers []netip.Addr) error {
	want := admissions(servers)
	for _, p := range programs() {
		if err := p.admit(want); err != nil {
			return err
		}
	}
	return nil
}

// admissions are the rules of our chains, as iptables-save prints them.
func admissions(servers []netip.Addr) []string {
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

// programs are the variants whose tables are in use on this host. The others' are left
// alone, because a look at them would make them.
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
			name = "iptables" // a host with one variant need not say which
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

// admit adds our chains where they are not as they should be.
func (p program) admit(want []string) error {
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

// change runs a script.
func (p program) change(script []string) error {
	cmd := exec.Command(p.restore, "-w", "--noflush")
	cmd.Stdin = strings.NewReader(strings.Join(script, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.restore, err, bytes.TrimSpace(out))
	}
	return nil
}

// withdraw takes away what is there of our chains.
func withdraw() (all error) {
	for _, p := range programs() {
		all = errors.Join(all, p.withdraw())
	}
	return all
}

// withdraw takes our chains away, those of each table at once.
func (p program) withdraw() error {
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

// chains lists what is there of our chains.
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

// saved gives the lines of each table.
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
