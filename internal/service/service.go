// Package service implements the operations of Image Builder. The wire layer has
// checked a request against the model before it comes here. This package checks what
// a model cannot say: rules between members, what exists, what depends on what.
//
// An ARN in a request may be a pattern (1.x.x). It resolves to the newest build that
// matches at that moment.
//
// Checks come in one order: rules between members, the client token, the caller's
// right, what the request refers to, uniqueness, dryRun, and then the act. All from the
// token on is one transaction.
//
// Terms:
//
//   - managed resource: a resource that Ingot ships; its owner is "aws".
package service

import (
	"context"
	"log/slog"
	"regexp"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/store"
)

// Builder starts the build of an image in the transaction that accepts it.
type Builder interface {
	Start(ctx context.Context, tx *store.Tx, account, region string, image *imagebuilder.Image) error
}

// Config is what a service needs.
type Config struct {
	Store   *store.Store
	Builder Builder
	Logger  *slog.Logger
}

// Service implements the operations. It has no state but its configuration, and may be
// used by many requests at the same time.
type Service struct {
	imagebuilder.Unimplemented
	Config
}

// New returns a service.
func New(c Config) *Service {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c}
}

// request is one operation: the caller, the time, and the database or transaction that
// it uses.
type request struct {
	caller.Identity
	ctx context.Context
	q   store.Querier
	now string
}

func newRequest(ctx context.Context, q store.Querier) (*request, error) {
	r := &request{Identity: caller.From(ctx), ctx: ctx, q: q, now: store.Now()}
	if r.Account == "" {
		return nil, ingot.Errorf(ingot.Forbidden, "The request has no caller.")
	}
	if !ValidRegion(r.Region) {
		return nil, ingot.Errorf(ingot.InvalidRequest, "'%s' is not the name of a region; regions look like us-east-1.", r.Region)
	}
	return r, nil
}

// read begins a request that changes nothing.
func (s *Service) read(ctx context.Context) (*request, error) { return newRequest(ctx, s.Store.DB()) }

// update runs a request that changes something in one transaction, with the account and
// region locked, so that what it checked stays true until it ends.
func (s *Service) update(ctx context.Context, f func(*request, *store.Tx) error) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		r, err := newRequest(ctx, tx)
		if err != nil {
			return err
		}
		if err := store.Lock(ctx, tx, r.Account, r.Region); err != nil {
			return err
		}
		return f(r, tx)
	})
}

var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}$`)

// ValidRegion reports whether s has the form of a region. Regions are folders in the
// data directory, so nothing else may be taken for one.
func ValidRegion(s string) bool { return regionForm.MatchString(s) }

// ownerName returns the owner as lists show it.
func ownerName(owner string) string {
	if owner == ingot.OwnerManaged {
		return "Amazon"
	}
	return owner
}

// notYet refuses what this version does not implement and what would mislead if it were
// ignored.
func notYet(what, remedy string) error {
	return ingot.Errorf(ingot.InvalidRequest, "%s is not implemented yet; %s.", what, remedy)
}

// combination refuses members that exclude each other.
func combination(format string, args ...any) error {
	return ingot.Errorf(ingot.InvalidParameterCombination, format, args...)
}

// invalidCombination is combination for the members below a path, in the words of
// [ingot.InvalidValue].
func invalidCombination(path, format string, args ...any) error {
	e := ingot.InvalidValue(path, format, args...)
	e.Code = ingot.InvalidParameterCombination
	return e
}

func pointer[T any](v T) *T { return &v }

// given returns the value of an optional member, or the default.
func given[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
