// Package assembly makes the disk of a build from cached steps and from components that
// it runs.
//
// A build's machine begins on the furthest node that may be used. Each component that the
// node lacks is run on the machine, and the disk is kept as the next node. When a machine
// is lost, another continues from the last node.
package assembly

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/call"
	"ingot/internal/engine/command"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/store"
)

// assembly applies the components that a base lacks, one after the other, and makes a
// node after each. It continues from the last node when a machine is lost, runs
// components that change kernels on a real machine, and runs a build that used the cache
// and failed once more without it.
type assembly struct {
	*call.Call
	live      *instance.Live
	lost      bool             // the machine of live is gone
	decisions []nodes.Decision // one per component
	notes     []string
	storing   errgroup.Group // nodes on their way to stable storage
	renewed   int
}

// Assemble applies the components of a call's build to its instance. lost says that the
// machine of live is gone. The report tells how far it came, also when there is an error.
func Assemble(ctx context.Context, c *call.Call, live *instance.Live, lost bool) (Report, error) {
	b := &assembly{Call: c, live: live, lost: lost}
	err := b.assemble(ctx)
	return b.report(), err
}

func (b *assembly) assemble(ctx context.Context) error {
	if err := b.takeUp(ctx); err != nil {
		return err
	}
	err := b.apply(ctx)
	boundary, component := b.cachedBoundary()
	var failed *command.Failure
	if boundary == "" || ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	b.note("the build used the cache and failed (%v); it is run once more without", err)
	if err := b.relaunch(ctx, b.BuildBackend(), store.Now()); err != nil {
		return err
	}
	if err := b.apply(ctx); err != nil {
		return err
	}
	b.note("without the cache it went well: no build continues after %s on node %.12s again", component, boundary)
	return store.BlameNode(ctx, b.Store.DB(), b.Plan.Account, boundary)
}

// cachedBoundary returns the last node that came from an earlier build.
func (b *assembly) cachedBoundary() (key, component string) {
	for _, d := range b.decisions {
		if d.Cached {
			key, component = d.Node, d.Component
		}
	}
	return key, component
}

// takeUp continues with an instance that was just launched, that ran on without a server,
// or that was lost.
func (b *assembly) takeUp(ctx context.Context) error {
	if err := b.recall(); err != nil {
		return err
	}
	err := b.storeUnrecorded(ctx)
	if errors.Is(err, nodes.ErrDamaged) { // the host lost its power: discard what ran on the disk since
		b.note("%v", err)
		b.lost = true
	} else if err != nil {
		return err
	}
	if !b.lost {
		return nil
	}
	b.note("the machine of %s was lost; going on from the last node", b.live.Row.ID)
	return b.relaunch(ctx, b.BuildBackend(), b.at().Since)
}

// storeUnrecorded stores the nodes that an earlier process cloned and did not record.
func (b *assembly) storeUnrecorded(ctx context.Context) error {
	for i, d := range b.decisions[:b.at().Applied] {
		if d.Node == "" || d.Cached {
			continue
		}
		if err := b.Nodes.StoreUnrecorded(ctx, b.Plan, b.live, nodes.OfComponent(b.Plan, i, b.before(i), d.Backend)); err != nil {
			return err
		}
	}
	return nil
}

// before returns the key of the disk before component i.
func (b *assembly) before(i int) string {
	if i > 0 {
		return b.decisions[i-1].Node
	}
	return b.Nodes.FirstKey(b.Plan)
}

func (b *assembly) at() *instance.Progress { return &b.live.Launch.Progress }

// recall reads the decisions that were made when the instance was launched.
func (b *assembly) recall() error {
	b.decisions = nil // a new slice: others may hold the old one
	return json.Unmarshal(b.at().Decisions, &b.decisions)
}

// apply runs the components that the instance lacks.
func (b *assembly) apply(ctx context.Context) error {
	for b.at().Applied < len(b.decisions) {
		err := b.component(ctx, b.at().Applied)
		if b.renewed < maxLost && Lost(ctx, err) {
			b.renewed++
			b.note("%v; going on from the last node on a new machine", err)
			err = b.relaunch(ctx, b.live.Row.Backend, b.at().Since)
		}
		if err != nil {
			return errors.Join(command.Explain(b.Call, b.withTasks(b.withMemory(err))), b.waitNodes())
		}
	}
	return b.waitNodes()
}

// waitNodes waits until all nodes of this step are checked and recorded.
func (b *assembly) waitNodes() error {
	err := b.storing.Wait()
	b.storing = errgroup.Group{}
	return err
}

// relaunch puts the instance on a new machine at the furthest point that may be
// used.
func (b *assembly) relaunch(ctx context.Context, backend, since string) error {
	if err := b.waitNodes(); err != nil {
		return err
	}
	live, err := OnNode(ctx, b.Call, instance.Launch{}, backend, since, func(l instance.Launch) (*instance.Live, error) {
		return b.Host.Renew(ctx, b.live, backend, l)
	})
	if err != nil {
		return err
	}
	ran := b.decisions
	b.live = live
	if err := b.recall(); err != nil {
		return err
	}
	for i := range b.at().Applied {
		if i < len(ran) && ran[i].Node == b.decisions[i].Node {
			b.decisions[i] = ran[i] // keep its reason and its seconds
		}
	}
	if b.live.Launch.Continues {
		return nil
	}
	return StartUp(ctx, b.Call, b.live)
}

// component runs component i and keeps the disk as its node. It discards what a sandbox
// does to kernels or bootloader.
func (b *assembly) component(ctx context.Context, i int) error {
	if b.onKernelBackend() {
		b.decisions[i].Why = "it changes kernels or bootloader, which is not a sandbox's business"
	}
	if err := b.record(ctx); err != nil {
		return err
	}
	began := time.Now()
	d := b.decisions[i]
	b.Printf("component %d of %d, %s: run on %s, because %s", i+1, len(b.decisions), d.Component, b.live.Row.Backend, d.Why)
	if err := b.build(ctx, i); err != nil {
		return err
	}
	kernel, err := b.live.Agent.Fingerprint(ctx, kernelPaths)
	if err != nil {
		return err
	}
	if kernel != b.at().Kernel {
		if b.live.Row.Backend != b.KernelBackend {
			return b.discardAndRerun(ctx, i)
		}
		if kernel, err = b.updateBoot(ctx, i); err != nil {
			return err
		}
	}
	if b.onKernelBackend() {
		return b.keepAndReturn(ctx, i, began)
	}
	return b.keep(ctx, i, kernel, began)
}

// keep makes the disk of the running machine the node of component i.
func (b *assembly) keep(ctx context.Context, i int, kernel string, began time.Time) error {
	made := nodes.OfComponent(b.Plan, i, b.at().Key, b.live.Row.Backend)
	boundary := time.Now()
	put, err := b.Nodes.Boundary(ctx, b.Plan, b.live, made, kernel)
	if err != nil {
		return err
	}
	b.Printf("component %d of %d: kept as node %.12s in %d ms", i+1, len(b.decisions), made.Key(), time.Since(boundary).Milliseconds())
	b.advance(i, made.Key(), began)
	b.at().Kernel = kernel
	if err := b.record(ctx); err != nil {
		return err
	}
	b.storing.Go(put)
	return nil
}

func (b *assembly) build(ctx context.Context, i int) error {
	_, err := command.Documents(ctx, b.Call, b.live, fmt.Sprintf("component-%d", i+1),
		protocol.Run{Documents: []protocol.Document{command.Document(b.Plan, i)}, Phases: []string{"build", "validate"}})
	return err
}

// record records how far the instance has come, with the fingerprint that the next
// component is compared to.
func (b *assembly) record(ctx context.Context) (err error) {
	if b.at().Kernel == "" {
		if b.at().Kernel, err = b.live.Agent.Fingerprint(ctx, kernelPaths); err != nil {
			return err
		}
	}
	if b.at().Decisions, err = json.Marshal(b.decisions); err != nil {
		return err
	}
	return b.Host.Record(ctx, b.live)
}

func (b *assembly) advance(i int, key string, began time.Time) {
	d := &b.decisions[i]
	d.Node, d.Backend, d.Seconds = key, b.live.Row.Backend, time.Since(began).Seconds()
	b.at().Applied, b.at().Key = i+1, key
}

func (b *assembly) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.notes = append(b.notes, text)
	b.Printf("%s", text)
}
