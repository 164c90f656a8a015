package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ingot"
	"ingot/internal/engine/places"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// queue holds the builds that have not begun; each is a row.
type queue struct {
	*Engine
	former map[string]places.Build // of rows without needs
}

// needs is what a build needs to begin, as its row records it.
type needs struct {
	places.Claim
	Never string `json:"never,omitempty"` // why it cannot begin on this host
}

// needs returns what a build needs to begin.
func (e *Engine) needs(p *plan.Plan) needs {
	b := e.Build
	b.Plan = p
	claim, err := b.FirstClaim()
	if err != nil {
		return needs{claim, err.Error()}
	}
	return needs{claim, ""}
}

func (n needs) build(told string) places.Build {
	b := places.Build{Claim: n.Claim, Told: told}
	if n.Never != "" {
		b.Never = errors.New(n.Never)
	}
	return b
}

// enqueue accepts a build in a transaction. The build begins when it has its place.
func (e *Engine) enqueue(ctx context.Context, tx *store.Tx, p *plan.Plan) error {
	text, err := json.Marshal(e.needs(p))
	if err != nil {
		return err
	}
	tx.AfterCommit(e.places.Look)
	return e.runner.Enqueue(ctx, tx, p.Image, string(text), *p)
}

// Waiting implements [places.Queue].
func (q *queue) Waiting(ctx context.Context) (all []places.Build, err error) {
	rows, err := q.runner.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range rows {
		var n needs
		if w.Needs == "" {
			b, err := q.formerBuild(ctx, w.ID)
			if err != nil {
				return nil, err
			}
			b.Told = w.Told
			all = append(all, b)
			continue
		}
		if err := json.Unmarshal([]byte(w.Needs), &n); err != nil {
			return nil, fmt.Errorf("reading what %s needs: %w", w.ID, err)
		}
		all = append(all, n.build(w.Told))
	}
	return all, nil
}

// formerBuild computes the needs of a build whose row has none, because an earlier
// release accepted it, from its plan, once.
func (q *queue) formerBuild(ctx context.Context, image string) (places.Build, error) {
	if b, known := q.former[image]; known {
		return b, nil
	}
	p, err := q.runner.Input(ctx, image)
	if err != nil {
		return places.Build{}, fmt.Errorf("reading the plan of %s: %w", image, err)
	}
	if q.former == nil {
		q.former = map[string]places.Build{}
	}
	q.former[image] = q.needs(&p).build("")
	return q.former[image], nil
}

// Begin implements [places.Queue].
func (q *queue) Begin(ctx context.Context, b places.Build) error {
	return q.runner.Begin(ctx, b.Build)
}

// Refuse implements [places.Queue]: the image fails without having begun.
func (q *queue) Refuse(ctx context.Context, b places.Build, why error) error {
	err := q.endImage(ctx, b.Build, ending{ingot.Failed, q.hider.sentence(why)}, ingot.Pending)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return err
	}
	return q.runner.Withdraw(ctx, q.Store.DB(), b.Build) // it had ended already
}

// Tell implements [places.Queue].
func (q *queue) Tell(ctx context.Context, b places.Build, kinds, text string) error {
	if err := q.runner.Tell(ctx, b.Build, kinds); err != nil {
		return err
	}
	log, err := q.Logs.Image(b.Build)
	if err != nil {
		return err
	}
	log.Printf("", "%s", text)
	log.Rest()
	return nil
}

// turn waits until a build has its place whose record has begun while its image is still
// PENDING: the process that gave it a place has died, or was of a release without places.
// If the image ends meanwhile, the caller finds that.
func (b *build) turn() error {
	image, err := store.ImageByARN(b.ctx, b.Store.DB(), b.p.Image)
	if errors.Is(err, store.ErrNoRows) || (err == nil && status(image) != ingot.Pending) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, leave := b.cancels.begin(b.ctx, b.p.Image)
	defer leave()
	claim, err := b.shared.FirstClaim()
	if err == nil && claim.ID != "" {
		err = b.places.Take(ctx, claim, func(text string) { b.shared.Log.Printf("", "%s", text) })
	}
	switch {
	case b.ctx.Err() != nil:
		return context.Cause(b.ctx)
	case ctx.Err() != nil:
		return b.endImage(context.WithoutCancel(ctx), b.p.Image, ending{Status: ingot.Cancelled}, ingot.Pending)
	case err != nil:
		return b.endImage(ctx, b.p.Image, ending{ingot.Failed, b.hider.sentence(err)}, ingot.Pending)
	}
	return nil
}
