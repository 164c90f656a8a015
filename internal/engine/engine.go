// Package engine takes an image from PENDING to AVAILABLE, FAILED or CANCELLED.
// It is the only room that changes state over time.
//
// A build is a durable function over a plan. It interprets the plan's workflow documents
// step by step; each step is a transaction that records its begin, an act, and a
// transaction that records its outcome and the state of the image:
//
//	begin (row RUNNING, image state) → act (ensures by token) → end (row, outputs)
//
// The outcome of an act is recorded by the durable function; the row of its end is
// written with the next transaction, because each transaction waits for the disk.
//
// One last transaction makes the machine images of all regions visible to users and the
// image AVAILABLE.
//
// Terms:
//
//   - act: what a step does between the two transactions that record it.
//   - reconciler: the part of a start that removes machines, mounts and files that have
//     no row, and ends images that have no build.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"ingot"
	"ingot/internal/engine/call"
	"ingot/internal/engine/durable"
	"ingot/internal/engine/places"
	"ingot/internal/engine/plan"
	"ingot/internal/engine/step"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

// Engine runs builds.
type Engine struct {
	Config
	runner  *durable.Runner[plan.Plan]
	places  *places.Places
	cancels cancels
	hider   hider
	ends    sync.Mutex    // held while instances of images that have ended are terminated
	ended   chan struct{} // receives when an image has ended
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// Config configures an engine.
type Config struct {
	Store  *store.Store
	Logs   *imagelog.Logs
	Logger *slog.Logger
	// Data is the data directory, which reasons of failures do not name; may be empty.
	Data string
	// Catalog finds what recipes name.
	Catalog plan.Catalog
	// Build has what all builds share; Plan and Log are filled in for each.
	Build call.Build
	// PartFiles are patterns of files that remain when a process dies while it writes
	// them. Reconcile removes those that no process uses.
	PartFiles []string
	// Limits are what all machines of this host may take together.
	Limits places.Limits
	// Room is how many bytes may still be written into the pool; nil means no bound.
	Room func() (int64, error)
	// KeepMachines is how long an instance of a failed image is kept where its
	// configuration says so.
	KeepMachines time.Duration
	// Clock is the clock for kept instances; nil is the real one.
	Clock Clock
	// Actions are the step actions by name; nil are all that exist.
	Actions map[string]step.Spec
	// CacheMaxAge is how old a node may be that a build continues from, unless the recipe
	// says otherwise.
	CacheMaxAge time.Duration
	// OnEnd is called when an image has ended; may be nil.
	OnEnd func(image string, s ingot.Status)
}

// New prepares an engine; nothing runs before [Engine.Launch].
func New(ctx context.Context, c Config) (*Engine, error) {
	e := &Engine{Config: c, hider: newHider(c.Data), ended: make(chan struct{}, 1)}
	if e.Clock == nil {
		e.Clock = realClock{}
	}
	if e.Actions == nil {
		e.Actions = step.Actions()
	}
	if e.Room == nil {
		e.Room = func() (int64, error) { return math.MaxInt64, nil }
	}
	host := c.Build.Host
	e.places = places.New(places.Config{Limits: c.Limits, Room: e.Room, Holders: e.holders, Logger: c.Logger})
	e.Build.Places = e.places
	host.Clones, host.Ended = c.Build.Nodes.Dir, e.places.Free
	if err := store.Adopt(ctx, c.Store.DB(), host.ID); err != nil {
		return nil, fmt.Errorf("taking over the rows of this host: %w", err)
	}
	var err error
	e.runner, err = durable.New(ctx, c.Store, "build", e.build, durable.Options{Host: host.ID, Logger: quiet(c.Logger)})
	return e, err
}

// Count counts a machine on this host that belongs to no build, until leave is called.
func (e *Engine) Count(id string, d places.Demand) (leave func()) { return e.places.Count(id, d) }

// Launch removes what earlier processes left over and begins to run builds, the
// interrupted ones first. If something cannot be removed, it logs that and continues.
func (e *Engine) Launch(ctx context.Context) error {
	if err := e.Reconcile(ctx); err != nil {
		e.Logger.Error("clearing what was left over", "fault", err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	e.done.Go(func() { e.watch(watching) })
	e.done.Go(func() { e.watchSpace(watching) })
	e.done.Go(func() { e.keep(watching) })
	if err := e.runner.Launch(); err != nil {
		return err
	}
	e.done.Go(func() { e.places.Run(watching, &queue{Engine: e}) })
	e.done.Go(func() { e.forget(watching) })
	return nil
}

// Close ends the engine. The next process continues builds that run; machines run on
// meanwhile.
func (e *Engine) Close() {
	if e.stop != nil {
		e.stop()
	}
	e.done.Wait()
	e.runner.Close(time.Second)
}
