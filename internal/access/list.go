package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ingot"
	"ingot/internal/store"
)

// Wanted filters a list. An empty member matches everything; the values of a member are
// alternatives, and all members must match.
type Wanted struct {
	IDs     []string
	Owners  []string // account ids, or ingot.OwnerManaged
	Names   []string
	Created []string
	// ExecutableBy asks for images that are shared with [store.Everybody], with the
	// caller or what contains it, or with another account by its id. For another
	// account only the caller's own images are listed: it does not learn with whom
	// others share theirs.
	ExecutableBy []string
}

// ErrTooMany says that a member of [Wanted] has more values than a statement takes.
var ErrTooMany = fmt.Errorf("more than %d values are given", mostValues)

// mostValues bounds the values of one member. Databases bound the parameters of a
// statement.
const mostValues = 10000

// visible is the SQL for the ids of the images of the region $1 that the account $2
// may see. Each part of it reads an index.
const visible = `SELECT id FROM amis WHERE region = $1 AND account IN ($2, '` + ingot.OwnerManaged + `') AND staged = 0
	UNION SELECT p.image FROM ` + principals + ` AS own CROSS JOIN ami_permissions AS p WHERE p.region = $1 AND p.principal = own.name`

// List returns the images of a region that an account may see, oldest first.
func List(ctx context.Context, q store.Querier, account, region string, w Wanted) ([]store.AMI, error) {
	c := condition{args: []any{region, account}}
	c.add(`region = $1 AND staged = 0 AND id IN (` + visible + `)`)
	for _, one := range []struct {
		column string
		values []string
	}{{"id", w.IDs}, {"account", w.Owners}, {"name", w.Names}, {"created", w.Created}} {
		if len(one.values) > 0 {
			c.add(one.column + ` IN (` + c.parameters(one.values) + `)`)
		}
	}
	if len(w.ExecutableBy) > 0 {
		c.add(c.executable(account, w.ExecutableBy))
	}
	if len(c.args) > mostValues {
		return nil, ErrTooMany
	}
	return store.AMIsWhere(ctx, q, strings.Join(c.parts, " AND "), c.args...)
}

// condition is an SQL condition that is being written.
type condition struct {
	parts []string
	args  []any
}

func (c *condition) add(part string) { c.parts = append(c.parts, part) }

// parameters appends values to the arguments and returns their parameters.
func (c *condition) parameters(values []string) string {
	var all []string
	for _, v := range values {
		c.args = append(c.args, v)
		all = append(all, fmt.Sprintf("$%d", len(c.args)))
	}
	return strings.Join(all, ", ")
}

// executable returns the condition that an image is shared with one of some.
func (c *condition) executable(account string, with []string) string {
	var parts []string
	if slices.Contains(with, store.Everybody) {
		parts = append(parts, `SELECT id FROM amis WHERE region = $1 AND account = '`+ingot.OwnerManaged+`'`,
			`SELECT image FROM ami_permissions WHERE region = $1 AND principal = '`+store.Everybody+`'`)
	}
	if slices.Contains(with, account) {
		parts = append(parts, `SELECT p.image FROM `+principals+` AS own CROSS JOIN ami_permissions AS p
			WHERE p.region = $1 AND p.principal = own.name AND own.name <> '`+store.Everybody+`'`)
	}
	others := slices.DeleteFunc(slices.Clone(with), func(name string) bool { return name == store.Everybody || name == account })
	if len(others) > 0 {
		parts = append(parts, `SELECT image FROM ami_permissions WHERE region = $1 AND account = $2 AND principal IN (`+c.parameters(others)+`)`)
	}
	return `id IN (` + strings.Join(parts, " UNION ") + `)`
}
