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
package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ingot"
	"ingot/internal/engine/durable"
	"ingot/internal/engine/plan"
	"ingot/internal/engine/step"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

// Engine runs builds.
type Engine struct {
	Config
	runner  *durable.Runner[plan.Plan]
	cancels cancels
	hider   hider
	ends    sync.Mutex // held by who ends instances of images that have ended
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
	Build step.Build
	// Unfinished are patterns of files that stay when a process dies while it writes
	// them: Reconcile removes those that no process works on.
	Unfinished []string
	// Builds is how many run at the same time.
	Builds int
	// CacheMaxAge is how long a node may be continued from unless a recipe says
	// otherwise.
	CacheMaxAge time.Duration
	// OnEnd is told when an image has come to its end; may be nil.
	OnEnd func(image string, s ingot.Status)
}

// New prepares an engine; nothing runs before [Engine.Launch].
func New(ctx context.Context, c Config) (*Engine, error) {
	e := &Engine{Config: c, hider: newHider(c.Data)}
	c.Build.Host.Clones = c.Build.Nodes.Dir
	var err error
	e.runner, err = durable.New(ctx, c.Store, "build", e.build, durable.Options{Concurrency: c.Builds, Logger: quiet(c.Logger)})
	return e, err
}

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
	if err := e.runner.Launch(); err != nil {
		return err
	}
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
