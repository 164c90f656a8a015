package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// AMI is a machine image in one region.
type AMI struct {
	Account      string            `json:"account"` // that owns it
	Region       string            `json:"region"`
	ID           string            `json:"id"` // ami- and 17 hex digits
	Name         string            `json:"name"`
	Description  string            `json:"description,omitempty"`
	ImageARN     string            `json:"imageArn,omitempty"` // build that made it
	Digest       string            `json:"digest"`             // of its blob: the bytes of the disk
	SnapshotID   string            `json:"snapshotId"`
	Size         int64             `json:"size"` // bytes of the disk
	Architecture string            `json:"architecture"`
	RootDevice   string            `json:"rootDevice"`
	BootMode     string            `json:"bootMode"`
	OSVersion    string            `json:"osVersion,omitempty"`
	SourceAMI    string            `json:"sourceAmi,omitempty"` // copied from
	SourceRegion string            `json:"sourceRegion,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	Created      string            `json:"created"`
	Staged       bool              `json:"-"` // not yet published
	Permissions  []Permission      `json:"-"`
}

// Permission is one launch permission; exactly one member is set.
type Permission struct {
	UserID                string `json:"userId,omitempty"`
	Group                 string `json:"group,omitempty"` // "all"
	OrganizationARN       string `json:"organizationArn,omitempty"`
	OrganizationalUnitARN string `json:"organizationalUnitArn,omitempty"`
}

// PutAMI writes a machine image, or replaces it whole.
func PutAMI(ctx context.Context, q Querier, a AMI) error {
	document, err := json.Marshal(a)
	if err != nil {
		return err
	}
	permissions, err := json.Marshal(append([]Permission{}, a.Permissions...))
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO amis (account, region, id, name, image_arn, digest, staged, document, permissions, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		ON CONFLICT (account, region, id) DO UPDATE SET name = excluded.name, digest = excluded.digest,
		document = excluded.document, permissions = excluded.permissions`,
		a.Account, a.Region, a.ID, a.Name, a.ImageARN, a.Digest, flag(a.Staged), string(document), string(permissions), a.Created)
	return err
}

const amiColumns = `SELECT document, permissions, staged FROM amis`

func scanAMI(r Row) (a AMI, err error) {
	var document, permissions string
	var staged int64
	if err := r.Scan(&document, &permissions, &staged); err != nil {
		return a, oneErrNoRows(err)
	}
	if err := json.Unmarshal([]byte(document), &a); err != nil {
		return a, fmt.Errorf("reading a machine image: %w", err)
	}
	a.Staged = staged != 0
	return a, json.Unmarshal([]byte(permissions), &a.Permissions)
}

// AMIByID reads a machine image of a region, whoever owns it; staged ones are
// read too. [ErrNoRows] when there is none.
func AMIByID(ctx context.Context, q Querier, region, id string) (AMI, error) {
	return scanAMI(q.QueryRow(ctx, amiColumns+` WHERE region = $1 AND id = $2`, region, id))
}

// AMIs lists the published machine images of a region, of all owners, oldest
// first. Who may see which is the caller's business.
func AMIs(ctx context.Context, q Querier, region string) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` WHERE region = $1 AND staged = 0 ORDER BY created, id`, region)
	return Collect[AMI](r, err)(scanAMI)
}

// AMIsOfImage lists the machine images that a build made, staged ones too, the
// build region's first.
func AMIsOfImage(ctx context.Context, q Querier, account, buildRegion, imageARN string) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` WHERE account = $1 AND image_arn = $2
		ORDER BY CASE WHEN region = $3 THEN 0 ELSE 1 END, region, id`, account, imageARN, buildRegion)
	return Collect[AMI](r, err)(scanAMI)
}

// AllAMIs lists every machine image, staged ones too.
func AllAMIs(ctx context.Context, q Querier) ([]AMI, error) {
	r, err := q.Query(ctx, amiColumns+` ORDER BY created, id`)
	return Collect[AMI](r, err)(scanAMI)
}

// PublishAMIs makes all staged machine images of a build visible.
func PublishAMIs(ctx context.Context, q Querier, account, imageARN string) error {
	_, err := q.Exec(ctx, `UPDATE amis SET staged = 0 WHERE account = $1 AND image_arn = $2`, account, imageARN)
	return err
}

// SetPermissions replaces the launch permissions of a machine image.
func SetPermissions(ctx context.Context, q Querier, account, region, id string, p []Permission) error {
	text, err := json.Marshal(append([]Permission{}, p...))
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `UPDATE amis SET permissions = $4 WHERE account = $1 AND region = $2 AND id = $3`,
		account, region, id, string(text))
	return err
}

// DeleteAMI removes the row of a machine image and says whether it was there.
func DeleteAMI(ctx context.Context, q Querier, account, region, id string) (bool, error) {
	n, err := q.Exec(ctx, `DELETE FROM amis WHERE account = $1 AND region = $2 AND id = $3`, account, region, id)
	return n > 0, err
}

// DeleteStagedAMIs removes what a build that did not end well had staged.
func DeleteStagedAMIs(ctx context.Context, q Querier, account, imageARN string) error {
	_, err := q.Exec(ctx, `DELETE FROM amis WHERE account = $1 AND image_arn = $2 AND staged = 1`, account, imageARN)
	return err
}
