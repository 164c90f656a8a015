package store

import "context"

// Node is the row of a cached step. Its disk is a file named by the key.
type Node struct {
	Account  string
	Key      string
	Host     string // id of the host that its disk lies on
	Parent   string // key of the node before, or digest of the parent image
	Backend  string // which ran the step
	Kernel   string // fingerprint of kernels and bootloader, as that backend sees them; may be empty
	ImageARN string // of the build that made it
	MadeFrom string // JSON of what went into the key
	Created  string
	Used     string // last time a build started from it
	Uses     int64  // how often it was made or used
	Blamed   bool   // a build that continued from here failed and succeeded without it
}

// PutNode inserts or renews a node. Blame stays, because it is about continuing from
// this point of a build, not about this disk.
func PutNode(ctx context.Context, q Querier, n Node) error {
	_, err := q.Exec(ctx, `INSERT INTO nodes (account, key, host, parent, backend, image_arn, made_from, created, used, uses, blamed, kernel)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,1,$10,$11)
		ON CONFLICT (account, key) DO UPDATE SET host = excluded.host, image_arn = excluded.image_arn, created = excluded.created,
		used = excluded.used, uses = nodes.uses + 1, backend = excluded.backend, made_from = excluded.made_from, kernel = excluded.kernel`,
		n.Account, n.Key, n.Host, n.Parent, n.Backend, n.ImageARN, n.MadeFrom, n.Created, n.Used, flag(n.Blamed), n.Kernel)
	return err
}

const nodeColumns = `SELECT account, key, host, parent, backend, image_arn, made_from, created, used, uses, blamed, kernel FROM nodes`

func scanNode(r Row) (n Node, err error) {
	var blamed int64
	err = r.Scan(&n.Account, &n.Key, &n.Host, &n.Parent, &n.Backend, &n.ImageARN, &n.MadeFrom, &n.Created, &n.Used, &n.Uses, &blamed, &n.Kernel)
	n.Blamed = blamed != 0
	return n, oneErrNoRows(err)
}

// NodeByKey reads one node of a host; it returns [ErrNoRows] when there is none.
func NodeByKey(ctx context.Context, q Querier, host, account, key string) (Node, error) {
	return scanNode(q.QueryRow(ctx, nodeColumns+` WHERE account = $1 AND key = $2 AND host = $3`, account, key, host))
}

// Nodes lists the nodes of all accounts on a host, least recently used first.
func Nodes(ctx context.Context, q Querier, host string) ([]Node, error) {
	r, err := q.Query(ctx, nodeColumns+` WHERE host = $1 ORDER BY used, key`, host)
	return Collect[Node](r, err)(scanNode)
}

// TouchNode records that a build starts from the node, and reports whether the node
// exists.
func TouchNode(ctx context.Context, q Querier, host, account, key string) (bool, error) {
	n, err := q.Exec(ctx, `UPDATE nodes SET used = $4, uses = uses + 1 WHERE account = $1 AND key = $2 AND host = $3`, account, key, host, Now())
	return n > 0, err
}

// BlameNode prevents that another build continues from the node.
func BlameNode(ctx context.Context, q Querier, account, key string) error {
	_, err := q.Exec(ctx, `UPDATE nodes SET blamed = 1 WHERE account = $1 AND key = $2`, account, key)
	return err
}

// DeleteNode removes a node if it is still as it was read, and reports whether it did:
// a node that was made or used since stays. Its file is removed afterwards.
func DeleteNode(ctx context.Context, q Querier, n Node) (bool, error) {
	gone, err := q.Exec(ctx, `DELETE FROM nodes WHERE account = $1 AND key = $2 AND host = $3 AND uses = $4`, n.Account, n.Key, n.Host, n.Uses)
	return gone > 0, err
}
