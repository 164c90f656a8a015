// Package places decides which machines may run on this host at the same time.
//
// Terms:
//
//   - place: what one machine takes of the host for its life: memory, processors and
//     room on the disk. A machine that is kept for a person has one as well.
//   - turn: what a machine takes beside its place while its build runs; there are few.
//   - claim: a request for a place: for the first machine of a build that has not begun,
//     or for another machine of a build that has.
//   - promise: how much a machine may write before the pool is asked again.
//
// The claims of an account are served in their order, and accounts by turns. There is no
// polling while no claim waits. queue.go has the order of claims, sums.go what is taken, and
// this file the loop that gives places and its pauses.
package places

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Claim asks for a place.
type Claim struct {
	Account string `json:"account"`
	Build   string `json:"build"`    // ARN of the image
	ID      string `json:"instance"` // empty: a build that begins without a machine
	Demand
}

// Build is a build that has not begun, with the claim for its first machine.
type Build struct {
	Claim
	Never error  // why it cannot begin on this host
	Told  string // kinds of lack that its log has named
}

// Queue holds the builds that have not begun.
type Queue interface {
	// Waiting lists them, the oldest first.
	Waiting(ctx context.Context) ([]Build, error)
	// Begin begins a build that has its place.
	Begin(ctx context.Context, b Build) error
	// Refuse ends a build that can never have a place.
	Refuse(ctx context.Context, b Build, why error) error
	// Tell writes to a build's log what it waits for; kinds is its Told from now on.
	Tell(ctx context.Context, b Build, kinds, text string) error
}

// Config configures places.
type Config struct {
	Limits Limits
	// Room is how many bytes may still be written into the pool.
	Room func() (int64, error)
	// Holders lists the machines that are recorded; Works is set if the build runs.
	Holders func(context.Context) ([]Holder, error)
	Logger  *slog.Logger
	// After waits for time to pass; nil is [time.After].
	After func(time.Duration) <-chan time.Time
}

// Places gives places to machines. It remembers places that have no row yet and reads all
// others anew each time.
type Places struct {
	Config
	news    chan struct{}
	waiting atomic.Int64

	mu     sync.Mutex
	claims []*claim // of builds that have begun, in order
	given  map[string]*given
	rounds rounds
	passed map[string]int // how often others passed a claim, by its key
}

// claim is a claim with a caller that waits.
type claim struct {
	Claim
	tell  func(string)
	told  bool
	ended chan error // carries the answer
}

// given is a place whose machine may not be recorded yet.
type given struct {
	Claim
	works, recorded bool
}

// New makes places. None is given before [Places.Run].
func New(c Config) *Places {
	if c.After == nil {
		c.After = time.After
	}
	return &Places{Config: c, news: make(chan struct{}, 1), given: map[string]*given{}, passed: map[string]int{}}
}

// Take waits for a place. It returns at once if the instance has its place from an
// earlier call or process. tell is called once, with what the claim waits for. The error
// is that of ctx, or says why there will be no place.
func (p *Places) Take(ctx context.Context, c Claim, tell func(string)) error {
	waits := &claim{Claim: c, tell: tell, ended: make(chan error, 1)}
	p.mu.Lock()
	p.claims = append(p.claims, waits)
	p.mu.Unlock()
	p.Look()
	select {
	case err := <-waits.ended:
		return err
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.claims, waits); i >= 0 {
		p.claims = slices.Delete(p.claims, i, i+1)
	} else if <-waits.ended == nil { // the place came at the same moment
		delete(p.given, c.ID)
	}
	return context.Cause(ctx)
}

// Free returns the place of an instance whose machine is gone.
func (p *Places) Free(id string) {
	p.mu.Lock()
	delete(p.given, id)
	p.mu.Unlock()
	p.Look()
}

// unreserve takes back a place that was not taken. It wakes nobody, because nothing has
// come free.
func (p *Places) unreserve(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.given, id)
}

// Leave returns the places of a build that has ended. Machines that it left have their
// rows.
func (p *Places) Leave(build string) {
	p.mu.Lock()
	for id, g := range p.given {
		if g.Build == build {
			delete(p.given, id)
		}
	}
	p.mu.Unlock()
	p.Look()
}

// Count counts a machine that belongs to no instance, until leave is called. It does not
// wait: such machines are small and live for seconds.
func (p *Places) Count(id string, d Demand) (leave func()) {
	p.mu.Lock()
	p.given[id] = &given{Claim: Claim{ID: id, Demand: d}}
	p.mu.Unlock()
	return func() { p.Free(id) }
}

// Waits reports whether anything waits.
func (p *Places) Waits() bool { return p.waiting.Load() > 0 }

// Look makes [Places.Run] look again, because something may have changed.
func (p *Places) Look() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// The pause before Run looks again while something waits, because other processes end
// machines and remove disks too; after faults it grows to latest.
const (
	again  = 2 * time.Second
	latest = time.Minute
)

// Run gives places until ctx ends. A fault ends no build: builds continue to wait, and
// can be cancelled, until it is over. A fault is logged once until it changes.
func (p *Places) Run(ctx context.Context, q Queue) {
	pause, said := again, ""
	for {
		var retry <-chan time.Time
		if err := p.pass(ctx, q); err != nil {
			p.waiting.Store(1)
			if text := err.Error(); text != said && ctx.Err() == nil {
				p.Logger.Error("giving places to machines; it is tried again", "fault", text)
				said = text
			}
			retry = p.After(pause)
			pause = min(2*pause, latest)
		} else if pause, said = again, ""; p.Waits() {
			retry = p.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		case <-retry:
		}
	}
}

// pass gives all places that can be given now.
func (p *Places) pass(ctx context.Context, q Queue) error {
	builds, err := q.Waiting(ctx)
	if err != nil {
		return fmt.Errorf("listing the builds that wait: %w", err)
	}
	book, err := p.book(ctx)
	if err != nil {
		return err
	}
	queue := p.newQueue(ctx, q, builds)
	queue.serve(book)
	queue.tell(book)
	p.waiting.Store(int64(queue.count()))
	return queue.fault
}

// book adds up what is taken by the machines that are recorded and by those that will be.
func (p *Places) book(ctx context.Context) (*book, error) {
	recorded, err := p.Holders(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the machines of this host: %w", err)
	}
	room, err := p.Room()
	if err != nil {
		return nil, err
	}
	b := &book{limits: p.Limits, room: room, holders: map[string]Holder{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range recorded {
		b.add(h)
		if g := p.given[h.ID]; g != nil {
			g.recorded = true
		}
	}
	for id, g := range p.given {
		if _, known := b.holders[id]; known {
			continue
		}
		if g.recorded { // another process ended it
			delete(p.given, id)
			continue
		}
		b.add(Holder{ID: id, Build: g.Build, Demand: g.Demand, Works: g.works})
	}
	return b, nil
}

// reserve remembers that a machine has its place.
func (p *Places) reserve(c Claim) {
	if c.ID == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given[c.ID] = &given{Claim: c, works: true}
}

// take removes a claim that is answered, and reports whether its caller still waits.
func (p *Places) take(c *claim) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.claims, c)
	if i >= 0 {
		p.claims = slices.Delete(p.claims, i, i+1)
	}
	return i >= 0
}
