package store

import "context"

// Instance is a build or test instance: the row of a machine.
type Instance struct {
	Account, Region string
	ID              string // i- and 17 hex digits
	ImageARN        string
	Stage           string // Build or Test
	Token           string // names the machine that carries it now
	Backend         string
	Launch          string // JSON of the engine: what it was started from
	Kept            bool   // stays after a failure, for a person to look at
	Created         string
}

const instanceColumns = `SELECT account, region, id, image_arn, stage, token, backend, launch, kept, created FROM instances`

func scanInstance(r Row) (i Instance, err error) {
	var kept int64
	err = r.Scan(&i.Account, &i.Region, &i.ID, &i.ImageARN, &i.Stage, &i.Token, &i.Backend, &i.Launch, &kept, &i.Created)
	i.Kept = kept != 0
	return i, oneErrNoRows(err)
}

// PutInstance writes or replaces an instance's row.
func PutInstance(ctx context.Context, q Querier, i Instance) error {
	_, err := q.Exec(ctx, `INSERT INTO instances (account, region, id, image_arn, stage, token, backend, launch, kept, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		ON CONFLICT (account, region, id) DO UPDATE SET token = excluded.token, backend = excluded.backend,
		launch = excluded.launch, kept = excluded.kept`,
		i.Account, i.Region, i.ID, i.ImageARN, i.Stage, i.Token, i.Backend, i.Launch, flag(i.Kept), i.Created)
	return err
}

// InstanceByID reads one instance; [ErrNoRows] when there is none.
func InstanceByID(ctx context.Context, q Querier, account, region, id string) (Instance, error) {
	return scanInstance(q.QueryRow(ctx, instanceColumns+` WHERE account = $1 AND region = $2 AND id = $3`, account, region, id))
}

// Instances lists the instances of all accounts, oldest first.
func Instances(ctx context.Context, q Querier) ([]Instance, error) {
	r, err := q.Query(ctx, instanceColumns+` ORDER BY created, id`)
	return Collect[Instance](r, err)(scanInstance)
}

// DeleteInstance removes the row of an instance whose machine is gone.
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
