package network

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// tableName is the name of our tables in the packet filter, one for IPv4 and one for
// IPv6. What one table drops is dropped; what it accepts, other tables may still drop. So
// an administrator's rules cannot accept what ours drop, and ours cannot accept what the
// administrator's drop.
const tableName = "ingot"

var (
	table4 = &nftables.Table{Family: nftables.TableFamilyIPv4, Name: tableName}
	table6 = &nftables.Table{Family: nftables.TableFamilyIPv6, Name: tableName}
)

// The sets of the table for IPv4.
var (
	// guests has the device, MAC and IP address of each machine.
	guests = &nftables.Set{
		Table: table4, Name: "guests", Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIFName, nftables.TypeEtherAddr, nftables.TypeIPAddr),
	}
	// nameservers are the host's name servers that machines may ask, on the host or
	// elsewhere.
	nameservers = &nftables.Set{Table: table4, Name: "nameservers", KeyType: nftables.TypeIPAddr}
)

// addRules writes the rules for all links. It does so in one transaction, so that there
// are always all of them or none, and none are missing while they are rewritten.
func addRules(links []Link, servers []netip.Addr) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	write := update
	if !asWritten(c, table4, chains4) || !asWritten(c, table6, chains6) {
		write = rewrite
	}
	err = write(c, keysOf(links, Link.key), keysOf(servers, addressKey))
	if err == nil {
		err = c.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the table %q of the packet filter: %w", tableName, err)
	}
	return nil
}

// removeRules removes our tables.
func removeRules() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	there, err := hasTables(c)
	if err != nil || !there {
		return err
	}
	deleteTables(c)
	return c.Flush()
}

// hasTables reports whether either of our tables exists.
func hasTables(c *nftables.Conn) (bool, error) {
	all, err := c.ListTables()
	return slices.ContainsFunc(all, func(t *nftables.Table) bool {
		return t.Name == tableName && (t.Family == table4.Family || t.Family == table6.Family)
	}), err
}

// deleteTables deletes our tables. It makes them first, because it is an error to delete
// a table that does not exist.
func deleteTables(c *nftables.Conn) {
	for _, t := range []*nftables.Table{table4, table6} {
		c.DelTable(c.AddTable(t))
	}
}

// rewrite replaces both tables.
func rewrite(c *nftables.Conn, behind, ask []key) error {
	there, err := hasTables(c)
	if there {
		deleteTables(c)
	}
	c.AddTable(table4)
	c.AddTable(table6)
	err = errors.Join(err, c.AddSet(guests, elements(behind)), c.AddSet(nameservers, elements(ask)))
	build(c, table4, chains4)
	build(c, table6, chains6)
	return err
}

func build(c *nftables.Conn, t *nftables.Table, chains []chain) {
	for _, w := range chains {
		made := w.Chain
		made.Table = t
		c.AddChain(&made)
		for _, r := range w.rules {
			c.AddRule(&nftables.Rule{Table: t, Chain: &made, Exprs: r})
		}
	}
}

// update adds and deletes elements of the sets. It takes a thousandth of the time of
// [rewrite], in which the kernel waits until no processor uses the old rules.
func update(c *nftables.Conn, behind, ask []key) error {
	return errors.Join(updateSet(c, guests, behind), updateSet(c, nameservers, ask))
}

func updateSet(c *nftables.Conn, s *nftables.Set, want []key) error {
	has, err := c.GetSetElements(s)
	if err != nil {
		return err
	}
	surplus := slices.DeleteFunc(has, func(e nftables.SetElement) bool { return slices.Contains(want, key(e.Key)) })
	return errors.Join(c.SetDeleteElements(s, surplus), c.SetAddElements(s, elements(want)))
}

// asWritten reports whether the rules of a table are those that we would write. A wrong
// false only costs a rewrite.
func asWritten(c *nftables.Conn, t *nftables.Table, chains []chain) bool {
	return !slices.ContainsFunc(chains, func(w chain) bool {
		rules, err := c.GetRules(t, &w.Chain)
		return err != nil || !slices.EqualFunc(rules, w.rules, func(has *nftables.Rule, want []expr.Any) bool {
			return reflect.DeepEqual(has.Exprs, want)
		})
	})
}

// key is an element of a set, as bytes.
type key string

func elements(keys []key) (all []nftables.SetElement) {
	for _, k := range keys {
		all = append(all, nftables.SetElement{Key: []byte(k)})
	}
	return all
}

func keysOf[T any](all []T, of func(T) key) (keys []key) {
	for _, v := range all {
		keys = append(keys, of(v))
	}
	return keys
}

func addressKey(a netip.Addr) key { return key(a.AsSlice()) }

// key returns a machine's element of the set guests. Each part fills registers of four
// bytes.
func (l Link) key() key {
	name, mac := make([]byte, unix.IFNAMSIZ), make([]byte, 8)
	copy(name, l.Device)
	copy(mac, l.MAC)
	return key(slices.Concat(name, mac, l.Guest.AsSlice()))
}
