package store

import (
	"context"

	"ingot"
)

// Instance is a build or test instance: the row of a machine.
type Instance struct {
	Account, Region string
	ID              string // i- and 17 hex digits
	ImageARN        string
	Stage           string // Build or Test
	Host            string // id of the host that its machine runs on
	Token           string // of its present machine
	Backend         string
	Launch          string // what it was started from, JSON of the engine
	Kept            bool   // after a failure, for a person to look at
	KeptSince       string // the time of that failure; empty before, and see [KeepInstance]
	Created         string
	// Status is that of its image, empty when the image is deleted. It is never written.
	Status ingot.Status
}

const instanceColumns = `SELECT i.account, i.region, i.id, i.image_arn, i.stage, i.host, i.token, i.backend, i.launch, i.kept, i.kept_since, i.created,
	coalesce((SELECT m.status FROM images m WHERE m.arn = i.image_arn), '') FROM instances i`

func scanInstance(r Row) (i Instance, err error) {
	var kept int64
	err = r.Scan(&i.Account, &i.Region, &i.ID, &i.ImageARN, &i.Stage, &i.Host, &i.Token, &i.Backend, &i.Launch, &kept, &i.KeptSince, &i.Created, &i.Status)
	i.Kept = kept != 0
	return i, oneErrNoRows(err)
}

// PutInstance inserts or replaces an instance.
func PutInstance(ctx context.Context, q Querier, i Instance) error {
	_, err := q.Exec(ctx, `INSERT INTO instances (account, region, id, image_arn, stage, host, token, backend, launch, kept, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
		ON CONFLICT (account, region, id) DO UPDATE SET host = excluded.host, token = excluded.token, backend = excluded.backend,
		launch = excluded.launch, kept = excluded.kept`,
		i.Account, i.Region, i.ID, i.ImageARN, i.Stage, i.Host, i.Token, i.Backend, i.Launch, flag(i.Kept), i.Created)
	return err
}

// KeepInstance records since when an instance is kept, unless that is recorded.
func KeepInstance(ctx context.Context, q Querier, account, region, id, since string) error {
	_, err := q.Exec(ctx, `UPDATE instances SET kept_since = $4 WHERE account = $1 AND region = $2 AND id = $3 AND kept_since = ''`,
		account, region, id, since)
	return err
}

// InstanceByID reads one instance; it returns [ErrNoRows] when there is none.
func InstanceByID(ctx context.Context, q Querier, account, region, id string) (Instance, error) {
	return scanInstance(q.QueryRow(ctx, instanceColumns+` WHERE i.account = $1 AND i.region = $2 AND i.id = $3`, account, region, id))
}

// Instances lists the instances of all accounts on a host, oldest first.
func Instances(ctx context.Context, q Querier, host string) ([]Instance, error) {
	r, err := q.Query(ctx, instanceColumns+` WHERE i.host = $1 ORDER BY i.created, i.id`, host)
	return Collect[Instance](r, err)(scanInstance)
}

// DeleteInstance removes an instance whose machine is gone.
func DeleteInstance(ctx context.Context, q Querier, account, region, id string) error {
	_, err := q.Exec(ctx, `DELETE FROM instances WHERE account = $1 AND region = $2 AND id = $3`, account, region, id)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
