package step

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/machine"
	"ingot/internal/store"
)

// assembly applies the components that a base lacks, one after the other, each
// ending in a node. It goes on from the last node when a machine is lost, runs
// what changes kernels on a real machine, and gives a build that used the cache
// and failed one more try without it.
type assembly struct {
	*Call
	live      *instance.Live
	lost      bool             // the machine of live is gone
	decisions []nodes.Decision // one per component
	notes     []string
	entering  errgroup.Group // nodes on their way to stable storage
	renewed   int
}

// kernelPaths are what a sandbox must not change: hooks there would write the
// host's command line and kernel version into the image.
var kernelPaths = []string{"/boot", "/lib/modules", "/usr/lib/modules"}

func (b *assembly) assemble(ctx context.Context) error {
	if err := b.takeUp(ctx); err != nil {
		return err
	}
	err := b.apply(ctx)
	boundary, component := b.cachedBoundary()
	var failed *componentError
	if boundary == "" || ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	b.note("the build used the cache and failed (%v); it is run once more without", err)
	if err := b.relaunch(ctx, b.buildBackend(), store.Now()); err != nil {
		return err
	}
	if err := b.apply(ctx); err != nil {
		return err
	}
	b.note("without the cache it went well: no build continues after %s on node %.12s again", component, boundary)
	return store.BlameNode(ctx, b.Store.DB(), b.Plan.Account, boundary)
}

// cachedBoundary gives the last node that came from an earlier build.
func (b *assembly) cachedBoundary() (key, component string) {
	for _, d := range b.decisions {
		if d.Cached {
			key, component = d.Node, d.Component
		}
	}
	return key, component
}

// takeUp finds where the instance stands: just launched, gone on while nobody
// watched, or lost.
func (b *assembly) takeUp(ctx context.Context) error {
	if err := b.recall(); err != nil {
		return err
	}
	err := b.finish(ctx)
	if errors.Is(err, nodes.ErrDamaged) { // the host lost its power: what ran on the disk since is worth no more
		b.note("%v", err)
		b.lost = true
	} else if err != nil {
		return err
	}
	if !b.lost {
		return nil
	}
	b.note("the machine of %s was lost; going on from the last node", b.live.Row.ID)
	return b.relaunch(ctx, b.buildBackend(), b.at().Since)
}

// finish enters the nodes that an earlier process had cloned and not recorded.
func (b *assembly) finish(ctx context.Context) error {
	for i, d := range b.decisions[:b.at().Applied] {
		if d.Node == "" || d.Cached {
			continue
		}
		if err := b.Nodes.Finish(ctx, b.Plan, b.live, nodes.Made(b.Plan, i, b.before(i), d.Backend)); err != nil {
			return err
		}
	}
	return nil
}

// before is the key of the disk before component i.
func (b *assembly) before(i int) string {
	if i > 0 {
		return b.decisions[i-1].Node
	}
	return b.Nodes.RootKey(b.Plan)
}

func (b *assembly) at() *instance.Progress { return &b.live.Launch.Progress }

// recall reads the decisions that were made when the instance was launched.
func (b *assembly) recall() error {
	b.decisions = nil // not written over: others may hold the old ones
	return json.Unmarshal(b.at().Decisions, &b.decisions)
}

// apply runs every component that is not on the instance yet.
func (b *assembly) apply(ctx context.Context) error {
	for b.at().Applied < len(b.decisions) {
		err := b.component(ctx, b.at().Applied)
		if b.renewed < maxLost && lost(ctx, err) {
			b.renewed++
			b.note("%v; going on from the last node on a new machine", err)
			err = b.relaunch(ctx, b.live.Row.Backend, b.at().Since)
		}
		if err != nil {
			return errors.Join(b.explain(b.withSpace(b.withTasks(b.withMemory(err)))), b.settle())
		}
	}
	return b.settle()
}

// withMemory adds to a failed component that its machine ran out of memory.
func (b *assembly) withMemory(err error) error {
	var failed *componentError
	teller, ok := b.live.Machine.(machine.MemoryTeller)
	if !ok || !errors.As(err, &failed) || !teller.OutOfMemory() {
		return err
	}
	return fmt.Errorf("%w; a process was killed because the instance ran out of memory (%d MiB): a larger instance type has more", err, b.live.Launch.Size.MemoryMiB)
}

// withTasks adds to a failed component that its machine could start no more processes.
func (b *assembly) withTasks(err error) error {
	var failed *componentError
	teller, ok := b.live.Machine.(machine.TaskTeller)
	if !ok || !errors.As(err, &failed) {
		return err
	}
	if limit := teller.OutOfTasks(); limit > 0 {
		return fmt.Errorf("%w; the instance came to its limit of %d processes and threads", err, limit)
	}
	return err
}

// settle waits until all nodes of this step are checked and recorded.
func (b *assembly) settle() error {
	err := b.entering.Wait()
	b.entering = errgroup.Group{}
	return err
}

// relaunch puts the instance on a new machine at the furthest point that may be
// used.
func (b *assembly) relaunch(ctx context.Context, backend, since string) error {
	if err := b.settle(); err != nil {
		return err
	}
	live, err := b.onNode(ctx, instance.Launch{}, backend, since, func(l instance.Launch) (*instance.Live, error) {
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
			b.decisions[i] = ran[i] // with its reason and its seconds
		}
	}
	if b.live.Launch.Continues {
		return nil
	}
	return startUp(ctx, b.Call, b.live)
}

// component runs component i and keeps the disk as its node. What a sandbox does
// to kernels or bootloader is discarded.
func (b *assembly) component(ctx context.Context, i int) error {
	if b.onLoan() {
		b.decisions[i].Why = "it changes kernels or bootloader, which is not a sandbox's business"
	}
	if err := b.record(ctx); err != nil {
		return err
	}
	began := time.Now()
	d := b.decisions[i]
	b.printf("component %d of %d, %s: run on %s, because %s", i+1, len(b.decisions), d.Component, b.live.Row.Backend, d.Why)
	if err := b.build(ctx, i); err != nil {
		return err
	}
	kernel, err := b.live.Agent.Fingerprint(ctx, kernelPaths)
	if err != nil {
		return err
	}
	if kernel != b.at().Kernel {
		if b.live.Row.Backend != b.KernelBackend {
			return b.borrow(ctx, i)
		}
		if kernel, err = b.updateBoot(ctx, i); err != nil {
			return err
		}
	}
	if b.onLoan() {
		return b.giveBack(ctx, i, began)
	}
	return b.keep(ctx, i, kernel, began)
}

// keep makes the disk of the running machine the node of component i.
func (b *assembly) keep(ctx context.Context, i int, kernel string, began time.Time) error {
	made := nodes.Made(b.Plan, i, b.at().Key, b.live.Row.Backend)
	boundary := time.Now()
	finish, err := b.Nodes.Boundary(ctx, b.Plan, b.live, made, kernel)
	if err != nil {
		return err
	}
	b.printf("component %d of %d: kept as node %.12s in %d ms", i+1, len(b.decisions), made.Key(), time.Since(boundary).Milliseconds())
	b.advance(i, made.Key(), began)
	b.at().Kernel = kernel
	if err := b.record(ctx); err != nil {
		return err
	}
	b.entering.Go(finish)
	return nil
}

func (b *assembly) build(ctx context.Context, i int) error {
	_, err := b.runDocuments(ctx, b.live, fmt.Sprintf("component-%d", i+1),
		protocol.Run{Documents: []protocol.Document{b.document(i)}, Phases: []string{"build", "validate"}})
	return err
}

// record writes down how far the instance has come, with the fingerprint that the
// next component is compared to.
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

// onLoan says that the build runs on a real machine only because of what a
// component does to kernels or bootloader.
func (b *assembly) onLoan() bool {
	return b.live.Row.Backend == b.KernelBackend && b.buildBackend() != b.KernelBackend
}

// borrow discards what the sandbox did to kernels or bootloader: the component is
// run again, from the node before it, on a real machine.
func (b *assembly) borrow(ctx context.Context, i int) error {
	b.note("component %d (%s) changed kernels or bootloader in the sandbox; that is discarded and it is run again on %s",
		i+1, b.decisions[i].Component, b.KernelBackend)
	return b.relaunch(ctx, b.KernelBackend, b.at().Since)
}

// The boot configuration, written anew unless it is newer than what it is made from.
//
//go:embed update_boot.sh
var updateBootScript string

// updateBoot writes the boot configuration anew where the image has the means, and
// gives the fingerprint that then holds.
func (b *assembly) updateBoot(ctx context.Context, i int) (fingerprint string, err error) {
	if err := b.exec(ctx, b.live, fmt.Sprintf("update-grub-%d", i+1), "ROOT=\n"+updateBootScript, nil); err != nil {
		return "", err
	}
	return b.live.Agent.Fingerprint(ctx, kernelPaths)
}

// giveBack keeps what the real machine made of component i, and goes on in a
// sandbox on that disk.
func (b *assembly) giveBack(ctx context.Context, i int, began time.Time) error {
	if err := b.live.Machine.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the machine after component %d: %w", i+1, err)
	}
	made := nodes.Made(b.Plan, i, b.at().Key, b.KernelBackend)
	if err := b.Nodes.Enter(ctx, b.Plan, b.live, made, b.Host.DiskOf(b.live.Row.Token)); err != nil {
		return err
	}
	b.advance(i, made.Key(), began)
	return b.relaunch(ctx, b.buildBackend(), b.at().Since)
}

func (b *assembly) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.notes = append(b.notes, text)
	b.printf("%s", text)
}

// walk finds root and furthest point of the plan.
func (c *Call) walk(ctx context.Context, since string) (nodes.Point, []nodes.Decision, error) {
	file, err := c.Regions.Path(c.Plan.Parent.Region, c.Plan.Parent.Digest)
	if err != nil {
		return nodes.Point{}, nil, err
	}
	root, err := c.Nodes.Root(ctx, c.Plan, file)
	if err != nil {
		return nodes.Point{}, nil, err
	}
	return c.Nodes.Longest(ctx, c.Plan, root, since)
}
