// Package gate bounds how many are inside at a time: connections of a server, requests
// that it works on.
//
// Terms:
//
//   - Who enters gets a place, and leaves it.
//   - A place is held while somebody known works in it. All others are given up when
//     the gate is full and a newcomer waits, the one first that has been so the
//     longest: who does nothing, or cannot show who he is, keeps nobody out.
//   - The grace is how long a place is safe although it is not held.
package gate

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Gate lets a bounded number in. It may be used by many goroutines.
type Gate struct {
	slots chan struct{}
	grace time.Duration

	mu   sync.Mutex
	free *list.List // of places that are not held, the oldest first
}

// New makes a gate that lets the given number in.
func New(most int, grace time.Duration) *Gate {
	return &Gate{slots: make(chan struct{}, most), grace: grace, free: list.New()}
}

// Place is a place inside. Its methods may be called on nil, and do nothing then.
type Place struct {
	gate   *Gate
	giveUp func()

	// Guarded by the gate's lock.
	left  bool
	known bool          // it was held once
	since time.Time     // it is not held
	at    *list.Element // in the gate's list; nil while held
}

// Enter waits for a place until ctx ends. The place is not held at first; giveUp is
// called once if it is given up.
func (g *Gate) Enter(ctx context.Context, giveUp func()) (*Place, error) {
	for {
		select {
		case g.slots <- struct{}{}:
			return g.take(giveUp), nil
		default:
		}
		wait := time.NewTimer(g.makeRoom())
		select {
		case g.slots <- struct{}{}:
			wait.Stop()
			return g.take(giveUp), nil
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, context.Cause(ctx)
		}
	}
}

func (g *Gate) take(giveUp func()) *Place {
	p := &Place{gate: g, giveUp: giveUp}
	p.Release()
	return p
}

// makeRoom gives up the oldest place that is not held, if its grace is over. It says
// when to ask again.
func (g *Gate) makeRoom() time.Duration {
	g.mu.Lock()
	oldest := g.free.Front()
	if oldest == nil {
		g.mu.Unlock()
		return g.grace
	}
	p := oldest.Value.(*Place)
	if left := g.grace - time.Since(p.since); left > 0 {
		g.mu.Unlock()
		return left
	}
	p.leave()
	g.mu.Unlock()
	p.giveUp()
	return 0
}

// Hold keeps the place from being given up. It says false when it was already.
func (p *Place) Hold() bool {
	if p == nil {
		return true
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.unlist()
	p.known = true
	return !p.left
}

// Release makes the place one that is not held, from now on. A place that was never held
// keeps its age: strangers cannot stay by asking again and again.
func (p *Place) Release() {
	if p == nil {
		return
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if p.left || p.at != nil && !p.known {
		return
	}
	p.unlist()
	p.since = time.Now()
	p.at = p.gate.free.PushBack(p)
}

// Leave gives the place back; it may be called again.
func (p *Place) Leave() {
	if p == nil {
		return
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.leave()
}

// leave is called with the gate's lock.
func (p *Place) leave() {
	if p.left {
		return
	}
	p.left = true
	p.unlist()
	<-p.gate.slots
}

func (p *Place) unlist() {
	if p.at != nil {
		p.gate.free.Remove(p.at)
		p.at = nil
	}
}

// Inside is how many places are taken.
func (g *Gate) Inside() int { return len(g.slots) }

type key struct{}

// With gives a context that carries a place.
func With(ctx context.Context, p *Place) context.Context { return context.WithValue(ctx, key{}, p) }

// From gives the place that a context carries, or nil.
func From(ctx context.Context) *Place {
	p, _ := ctx.Value(key{}).(*Place)
	return p
}
