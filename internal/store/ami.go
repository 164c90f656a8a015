package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// AMI is a machine image in one region.
type AMI struct {
	Account      string            `json:"account"` // owner
	Region       string            `json:"region"`
	ID           string            `json:"id"` // ami- and 17 hex digits
	Name         string            `json:"name"`
	Description  string            `json:"description,omitempty"`
	ImageARN     string            `json:"imageArn,omitempty"` // ARN of its build
	Digest       string            `json:"digest"`             // of its blob: the bytes of the disk
	SnapshotID   string            `json:"snapshotId"`
	Size         int64             `json:"size"` // bytes of the disk
	Architecture string            `json:"architecture"`
	RootDevice   string            `json:"rootDevice"`
	BootMode     string            `json:"bootMode"`
	OSVersion    string            `json:"osVersion,omitempty"`
	SourceAMI    string            `json:"sourceAmi,omitempty"` // what it was copied from
	SourceRegion string            `json:"sourceRegion,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	Created      string            `json:"created"`
	Staged       bool              `json:"-"` // not yet published
	Public       bool              `json:"-"` // every account may launch it; [SetPermissions] sets it
}

// PutAMI inserts or replaces a machine image. It returns [ErrExists] when a published
// image of the account has its name in the region. Launch permissions are separate
// rows, see [SetPermissions].
func PutAMI(ctx context.Context, q Querier, a AMI) error {
	document, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO amis (account, region, id, name, image_arn, digest, staged, document, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		ON CONFLICT (account, region, id) DO UPDATE SET name = excluded.name, digest = excluded.digest,
		document = excluded.document`,
		a.Account, a.Region, a.ID, a.Name, a.ImageARN, a.Digest, flag(a.Staged), string(document), a.Created)
	if doubled(err) {
		return fmt.Errorf("naming %s '%s': %w", a.ID, a.Name, ErrExists)
	}
	return err
}

const amiColumns = `SELECT document, staged, CASE WHEN EXISTS (SELECT 1 FROM ami_permissions AS p
	WHERE p.region = amis.region AND p.image = amis.id AND p.principal = '` + Everybody + `') THEN 1 ELSE 0 END FROM amis`

func scanAMI(r Row) (a AMI, err error) {
	var document string
	var staged, public int64
	if err := r.Scan(&document, &staged, &public); err != nil {
		return a, oneErrNoRows(err)
	}
	if err := json.Unmarshal([]byte(document), &a); err != nil {
		return a, fmt.Errorf("reading a machine image: %w", err)
	}
	a.Staged, a.Public = staged != 0, public != 0
	return a, nil
}

// AMIByID reads a machine image of a region, staged or not, whoever owns it. It returns
// [ErrNoRows] when there is none.
func AMIByID(ctx context.Context, q Querier, region, id string) (AMI, error) {
	return scanAMI(q.QueryRow(ctx, amiColumns+` WHERE region = $1 AND id = $2`, region, id))
}

// AMIsWhere lists the machine images for which an SQL condition on the table amis
// holds, oldest first.
func AMIsWhere(ctx context.Context, q Querier, condition string, args ...any) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` WHERE `+condition+` ORDER BY created, id`, args...)
	return Collect[AMI](r, err)(scanAMI)
}

// AMIsOfImage lists the machine images of a build, staged ones too, that of the build
// region first.
func AMIsOfImage(ctx context.Context, q Querier, account, buildRegion, imageARN string) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` WHERE account = $1 AND image_arn = $2
		ORDER BY CASE WHEN region = $3 THEN 0 ELSE 1 END, region, id`, account, imageARN, buildRegion)
	return Collect[AMI](r, err)(scanAMI)
}

// AMINamed returns the id of the published machine image with a name, which is unique
// for an account in a region. It returns [ErrNoRows] when there is none.
func AMINamed(ctx context.Context, q Querier, account, region, name string) (id string, err error) {
	err = q.QueryRow(ctx, `SELECT id FROM amis WHERE account = $1 AND region = $2 AND name = $3 AND staged = 0`, account, region, name).Scan(&id)
	return id, oneErrNoRows(err)
}

// AllAMIs lists every machine image, staged ones too.
func AllAMIs(ctx context.Context, q Querier) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` ORDER BY created, id`)
	return Collect[AMI](r, err)(scanAMI)
}

// NameTaken is the error for a machine image whose name its owner already uses in the
// region.
type NameTaken struct{ Name, Region, By string }

func (e *NameTaken) Error() string {
	return fmt.Sprintf("AMI name '%s' is already in use by %s in %s", e.Name, e.By, e.Region)
}

// PublishAMIs publishes staged machine images: all of them or, with a [NameTaken],
// none. It is called in a transaction, which can go on after that error. When two
// transactions publish one name, the second waits for the end of the first.
func PublishAMIs(ctx context.Context, q Querier, all []AMI) error {
	if _, err := q.Exec(ctx, `SAVEPOINT publish`); err != nil {
		return err
	}
	taken, err := publish(ctx, q, all)
	if err != nil && !doubled(err) {
		return err
	}
	if err == nil {
		_, err = q.Exec(ctx, `RELEASE SAVEPOINT publish`)
		return err
	}
	if _, err := q.Exec(ctx, `ROLLBACK TO SAVEPOINT publish`); err != nil {
		return err
	}
	return taken.by(ctx, q)
}

// publish returns the image whose name is taken when the index says so. Regions are
// updated in one order, so that builds do not deadlock.
func publish(ctx context.Context, q Querier, all []AMI) (AMI, error) {
	for _, a := range slices.SortedFunc(slices.Values(all), func(a, b AMI) int { return cmp.Compare(a.Region, b.Region) }) {
		_, err := q.Exec(ctx, `UPDATE amis SET staged = 0 WHERE account = $1 AND region = $2 AND id = $3`, a.Account, a.Region, a.ID)
		if err != nil {
			return a, err
		}
	}
	return AMI{}, nil
}

// by returns the error that says which image has the name.
func (a AMI) by(ctx context.Context, q Querier) error {
	id, err := AMINamed(ctx, q, a.Account, a.Region, a.Name)
	if err != nil && !errors.Is(err, ErrNoRows) {
		return err
	}
	return &NameTaken{a.Name, a.Region, cmp.Or(id, "another image")}
}

// DeleteAMI removes the row of a machine image and reports whether it existed.
func DeleteAMI(ctx context.Context, q Querier, account, region, id string) (bool, error) {
	n, err := q.Exec(ctx, `DELETE FROM amis WHERE account = $1 AND region = $2 AND id = $3`, account, region, id)
	return n > 0, err
}

// DeleteStagedAMIs removes the machine images that a failed build had staged.
func DeleteStagedAMIs(ctx context.Context, q Querier, account, imageARN string) error {
	_, err := q.Exec(ctx, `DELETE FROM amis WHERE account = $1 AND image_arn = $2 AND staged = 1`, account, imageARN)
	return err
}
