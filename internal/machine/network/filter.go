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
// IPv6. What a table drops is dropped for all; what it accepts the tables of others may
// still drop. So an administrator's rules cannot let a machine through our walls, and
// ours let no machine through the administrator's.
const tableName = "ingot"

var (
	table4 = &nftables.Table{Family: nftables.TableFamilyIPv4, Name: tableName}
	table6 = &nftables.Table{Family: nftables.TableFamilyIPv6, Name: tableName}
)

// The sets of the table for IPv4.
var (
	// guests tells which machine is behind which link.
	guests = &nftables.Set{
		Table: table4, Name: "guests", Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIFName, nftables.TypeEtherAddr, nftables.TypeIPAddr),
	}
	// nameservers are those of the host that machines may ask, wherever they are.
	nameservers = &nftables.Set{Table: table4, Name: "nameservers", KeyType: nftables.TypeIPAddr}
)

// enclose puts the walls around links. They are written in one transaction: there are
// all of them or none, and none are missing while they are written anew.
func enclose(links []Link, servers []netip.Addr) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	write := update
	if !asWritten(c, table4, walls) || !asWritten(c, table6, walls6) {
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

// demolish takes the walls away.
func demolish() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	there, err := stands(c)
	if err != nil || !there {
		return err
	}
	tearDown(c)
	return c.Flush()
}

// stands looks for either of our tables.
func stands(c *nftables.Conn) (bool, error) {
	all, err := c.ListTables()
	return slices.ContainsFunc(all, func(t *nftables.Table) bool {
		return t.Name == tableName && (t.Family == table4.Family || t.Family == table6.Family)
	}), err
}

// tearDown deletes our tables. They are made first, because it is an error to delete what
// is not there.
func tearDown(c *nftables.Conn) {
	for _, t := range []*nftables.Table{table4, table6} {
		c.DelTable(c.AddTable(t))
	}
}

// rewrite writes everything anew.
func rewrite(c *nftables.Conn, behind, ask []key) error {
	there, err := stands(c)
	if there {
		tearDown(c)
	}
	c.AddTable(table4)
	c.AddTable(table6)
	err = errors.Join(err, c.AddSet(guests, elements(behind)), c.AddSet(nameservers, elements(ask)))
	build(c, table4, walls)
	build(c, table6, walls6)
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

// update writes what the sets lack, and takes out what they have too much. It takes a
// thousandth of the time of [rewrite], for which the kernel waits until no processor
// uses the old rules.
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

// asWritten says whether the rules of a table are those that we would write. It is no
// matter when it is wrong about rules that are: they are written anew.
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

// key is a machine's element of the set of guests. Each part fills registers of four
// bytes.
func (l Link) key() key {
	name, mac := make([]byte, unix.IFNAMSIZ), make([]byte, 8)
	copy(name, l.Device)
	copy(mac, l.MAC)
	return key(slices.Concat(name, mac, l.Guest.AsSlice()))
}
