// Package engine takes an image from PENDING to AVAILABLE, FAILED or CANCELLED.
// It is the only room that changes state over time.
//
// A build is a durable function over a plan. It interprets the plan's workflow
// documents step by step; each step is a transaction that says it begins, an act,
// and a transaction that holds its outcome and the state of the image:
//
//	begin (row RUNNING, image state) → act (ensures by token) → end (row, outputs)
//
// The outcome of an act is recorded by the durable function; the row of its end is
// written with the next transaction, because each of them waits for the disk.
//
// What is visible to users (machine images of all regions, the state AVAILABLE)
// becomes so in one last transaction.
//
// Terms:
//
//   - act: what a step does between the two transactions that record it.
//   - reconciler: the part of a start that removes machines, mounts and files that no
//     row knows, and ends images that no build works on.
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
	ends    sync.Mutex    // held by who ends instances of images that have ended
	ended   chan struct{} // an image has come to its end
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// Config is what an engine works with.
type Config struct {
	Store  *store.Store
	Logs   *imagelog.Logs
	Logger *slog.Logger
	// Data is the data directory, whose place no reason of a failure tells; may be
	// empty.
	Data string
	// Catalog finds what recipes name.
	Catalog plan.Catalog
	// Build has what all builds share; Plan and Log are filled in for each.
	Build call.Build
	// PartFiles are patterns of files that stay when a process dies while it writes
	// them: Reconcile removes those that no process works on.
	PartFiles []string
	// Limits are what all machines of this host may take together.
	Limits places.Limits
	// Room is how many bytes may still be written into the pool; nil: as many as one likes.
	Room func() (int64, error)
	// KeepMachines is how long an instance of a failed image is kept where its
	// configuration says so.
	KeepMachines time.Duration
	// Clock tells the time of what is kept; nil is the real one.
	Clock Clock
	// Actions are the step actions by name; nil are all that exist.
	Actions map[string]step.Spec
	// CacheMaxAge is how long a node may be continued from unless a recipe says
	// otherwise.
	CacheMaxAge time.Duration
	// OnEnd is told when an image has come to its end; may be nil.
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

// Count counts a machine on this host that no build has until it is left.
func (e *Engine) Count(id string, d places.Demand) (leave func()) { return e.places.Count(id, d) }

// Launch clears what earlier processes left over and begins to run builds, the
// interrupted ones first. What cannot be cleared is no reason not to serve.
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

// Close ends the engine. Builds that run are taken up by the next process;
// machines go on meanwhile.
func (e *Engine) Close() {
	if e.stop != nil {
		e.stop()
	}
	e.done.Wait()
	e.runner.Close(time.Second)
}
