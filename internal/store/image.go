package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
)

// InsertImage inserts a new image in the state that it has. It returns [ErrExists] when
// the ARN is taken.
func InsertImage(ctx context.Context, q Querier, account, region string, image *imagebuilder.Image) error {
	a, err := ingot.ParseARN(image.Arn)
	if err != nil {
		return err
	}
	document, d, err := imageDocument(image)
	if err != nil {
		return err
	}
	n, err := q.Exec(ctx, `INSERT INTO images
		(account, region, arn, slug, major, minor, patch, build, pipeline, status, reason, document, summary, created)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) ON CONFLICT DO NOTHING`,
		account, region, image.Arn, a.Slug, a.Version.Node(0), a.Version.Node(1), a.Version.Node(2), a.Build,
		image.SourcePipelineArn, image.State.Status, image.State.Reason, document, d.summary, image.DateCreated)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrExists
	}
	if err := findNewest(ctx, q, account, region, a); err != nil {
		return err
	}
	return d.record(ctx, q, account, region, ingot.KindImage, image.Arn, image.DateCreated)
}

// imageDocument returns the document column, which is everything but the state, and its
// description.
func imageDocument(image *imagebuilder.Image) (string, description, error) {
	stateless := *image
	stateless.State = nil
	document, err := json.Marshal(stateless)
	if err != nil {
		return "", description{}, err
	}
	d, err := describe(&stateless)
	return string(document), d, err
}

const imageColumns = `SELECT account, region, document, status, reason, created, revision FROM images`

// storedImage is an image and the revision that was read.
type storedImage struct {
	*imagebuilder.Image
	account, region, created string
	revision                 int64
}

func scanStoredImage(r Row) (s storedImage, err error) {
	var document, status, reason string
	if err := r.Scan(&s.account, &s.region, &document, &status, &reason, &s.created, &s.revision); err != nil {
		return s, oneErrNoRows(err)
	}
	s.Image = new(imagebuilder.Image)
	if err := json.Unmarshal([]byte(document), s.Image); err != nil {
		return s, fmt.Errorf("reading an image: %w", err)
	}
	s.State = &imagebuilder.ImageState{Status: status, Reason: reason}
	return s, nil
}

func scanImage(r Row) (*imagebuilder.Image, error) {
	s, err := scanStoredImage(r)
	return s.Image, err
}

func storedImageByARN(ctx context.Context, q Querier, arn string) (storedImage, error) {
	return scanStoredImage(q.QueryRow(ctx, imageColumns+` WHERE arn = $1`, arn))
}

// ImageByARN reads an image by the ARN of its build; it returns [ErrNoRows] when there
// is none.
func ImageByARN(ctx context.Context, q Querier, arn string) (*imagebuilder.Image, error) {
	s, err := storedImageByARN(ctx, q, arn)
	return s.Image, err
}

// ImagesNamed lists all versions and builds of one image name, the highest first.
func ImagesNamed(ctx context.Context, q Querier, account, region, slug string) ([]*imagebuilder.Image, error) {
	r, err := q.Query(ctx, imageColumns+` WHERE account = $1 AND region = $2 AND slug = $3
		ORDER BY major DESC, minor DESC, patch DESC, build DESC`, account, region, slug)
	return Collect[*imagebuilder.Image](r, err)(scanImage)
}

// NewestImage reads the newest build of an image name that a version or pattern matches,
// in one of the given states or, without them, in any. It returns [ErrNoRows] when there
// is none.
func NewestImage(ctx context.Context, q Querier, account, region string, a ingot.ARN, states ...ingot.Status) (*imagebuilder.Image, error) {
	s := &statement{}
	s.add(imageColumns+` r WHERE account = ? AND region = ? AND slug = ?`, account, region, a.Slug)
	s.matches([]ingot.Version{a.Version})
	if len(states) > 0 {
		s.add(" AND ")
		s.in("status", words(states))
	}
	s.add(` ORDER BY major DESC, minor DESC, patch DESC, build DESC LIMIT 1`)
	return scanImage(q.QueryRow(ctx, s.text.String(), s.args...))
}

func words(states []ingot.Status) (all []string) {
	for _, s := range states {
		all = append(all, string(s))
	}
	return all
}

// LastStatus returns the state of the newest image that a pipeline started, or nothing if
// it started none.
func LastStatus(ctx context.Context, q Querier, account, region, pipeline string) (status string, err error) {
	err = oneErrNoRows(q.QueryRow(ctx, `SELECT status FROM images WHERE account = $1 AND region = $2 AND pipeline = $3
		ORDER BY created DESC, arn DESC LIMIT 1`, account, region, pipeline).Scan(&status))
	if errors.Is(err, ErrNoRows) {
		err = nil
	}
	return status, err
}

// SetImage changes everything of an image but its state, see [Transition]. It calls f
// again when another transaction wrote the row in between.
func SetImage(ctx context.Context, q Querier, arn string, f func(*imagebuilder.Image) error) error {
	for {
		s, err := storedImageByARN(ctx, q, arn)
		if err != nil {
			return err
		}
		if err := f(s.Image); err != nil {
			return err
		}
		document, d, err := imageDocument(s.Image)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `UPDATE images SET document = $2, summary = $3, revision = revision + 1 WHERE arn = $1 AND revision = $4`,
			arn, document, d.summary, s.revision)
		if err != nil {
			return err
		}
		if n > 0 {
			return d.record(ctx, q, s.account, s.region, ingot.KindImage, arn, s.created)
		}
	}
}

// Transition changes the state of an image if that is legal from its present state, and
// reports whether it did.
func Transition(ctx context.Context, q Querier, arn string, to ingot.Status, reason string) (bool, error) {
	args := []any{arn, string(to), clip(reason, 1024)}
	n, err := q.Exec(ctx, `UPDATE images SET status = $2, reason = $3 WHERE arn = $1 AND status IN (`+
		statuses(&args, to.Before())+`)`, args...)
	return n > 0, err
}

// statuses appends states to the arguments and returns their parameters.
func statuses(args *[]any, all []ingot.Status) string {
	places := []string{"''"} // no state; an empty list is not SQL
	for _, s := range all {
		*args = append(*args, string(s))
		places = append(places, fmt.Sprintf("$%d", len(*args)))
	}
	return strings.Join(places, ", ")
}

// inProgress are the states in which a build works on an image: those that can become
// FAILED.
var inProgress = ingot.Failed.Before()

// RequestCancel asks an image's build to end and reports whether there is one.
func RequestCancel(ctx context.Context, q Querier, arn string) (bool, error) {
	args := []any{arn}
	n, err := q.Exec(ctx, `UPDATE images SET cancel = 1 WHERE arn = $1 AND status IN (`+statuses(&args, inProgress)+`)`, args...)
	return n > 0, err
}

// CancelRequested reports whether an image's build was asked to end.
func CancelRequested(ctx context.Context, q Querier, arn string) (bool, error) {
	var cancel int64
	err := q.QueryRow(ctx, `SELECT cancel FROM images WHERE arn = $1`, arn).Scan(&cancel)
	return cancel != 0, oneErrNoRows(err)
}

// ImagesInProgress lists the ARNs of all images in progress, oldest first.
func ImagesInProgress(ctx context.Context, q Querier) ([]string, error) {
	var args []any
	r, err := q.Query(ctx, `SELECT arn FROM images WHERE status IN (`+statuses(&args, inProgress)+`) ORDER BY created, arn`, args...)
	return Collect[string](r, err)(func(r Row) (arn string, err error) { return arn, r.Scan(&arn) })
}

// CancelledImages lists the ARNs of the images in progress whose builds were asked to
// end.
func CancelledImages(ctx context.Context, q Querier) ([]string, error) {
	var args []any
	r, err := q.Query(ctx, `SELECT arn FROM images WHERE cancel = 1 AND status IN (`+statuses(&args, inProgress)+`) ORDER BY created, arn`, args...)
	return Collect[string](r, err)(func(r Row) (arn string, err error) { return arn, r.Scan(&arn) })
}

// SetParent records the disk that an image's build starts from, by the region and the
// digest of its blob.
func SetParent(ctx context.Context, q Querier, arn, region, digest string) error {
	_, err := q.Exec(ctx, `UPDATE images SET parent = $2 WHERE arn = $1`, arn, region+" "+digest)
	return err
}

// ParentsInUse lists the disks that images in progress start from, each "region
// digest".
func ParentsInUse(ctx context.Context, q Querier) ([]string, error) {
	var args []any
	r, err := q.Query(ctx, `SELECT DISTINCT parent FROM images WHERE status IN (`+statuses(&args, inProgress)+`)`, args...)
	return Collect[string](r, err)(func(r Row) (parent string, err error) { return parent, r.Scan(&parent) })
}

// DeleteImage removes the row of an image that no build works on, with the rows of its
// executions, and reports whether it existed.
func DeleteImage(ctx context.Context, q Querier, account, region string, a ingot.ARN) (bool, error) {
	arn := a.String()
	args := []any{account, region, arn}
	n, err := q.Exec(ctx, `DELETE FROM images WHERE account = $1 AND region = $2 AND arn = $3
		AND NOT status IN (`+statuses(&args, inProgress)+`)`, args...)
	if err != nil || n == 0 {
		return false, err
	}
	for _, table := range []string{"step_executions", "workflow_executions"} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE account = $1 AND region = $2 AND image_arn = $3`, account, region, arn); err != nil {
			return false, err
		}
	}
	if err := forget(ctx, q, account, region, arn); err != nil {
		return false, err
	}
	return true, findNewest(ctx, q, account, region, a)
}
