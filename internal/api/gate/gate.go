// Package gate bounds how many users of something there are at a time: connections of
// a server, requests that it works on.
//
// A slot is held while a known caller works in it. A slot that is not held is idle.
// When the gate is full and another waits, the slot that has been idle the longest is
// taken away, so a client that does nothing, or that cannot show who it is, keeps
// nobody out.
//
// Terms:
//
//   - slot: the right to be one of a bounded number, such as the open connections.
//   - grace: how long an idle slot is safe.
package gate

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Gate has a bounded number of slots. It may be used by many goroutines.
type Gate struct {
	inUse chan struct{}
	grace time.Duration

	mu   sync.Mutex
	idle *list.List // of slots, the one that has been idle the longest first
}

// New makes a gate with most slots.
func New(most int, grace time.Duration) *Gate {
	return &Gate{inUse: make(chan struct{}, most), grace: grace, idle: list.New()}
}

// Slot is one of the gate's slots. Its methods may be called on nil, and do nothing then.
type Slot struct {
	gate   *Gate
	giveUp func()

	// Guarded by gate.mu.
	gone  bool
	known bool          // it was held once
	since time.Time     // when it became idle
	at    *list.Element // in gate.idle; nil while held
}

// Acquire waits for a slot until ctx ends. The slot is idle at first; giveUp is called
// once if it is taken away.
func (g *Gate) Acquire(ctx context.Context, giveUp func()) (*Slot, error) {
	for {
		select {
		case g.inUse <- struct{}{}:
			return g.take(giveUp), nil
		default:
		}
		wait := time.NewTimer(g.makeRoom())
		select {
		case g.inUse <- struct{}{}:
			wait.Stop()
			return g.take(giveUp), nil
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, context.Cause(ctx)
		}
	}
}

func (g *Gate) take(giveUp func()) *Slot {
	s := &Slot{gate: g, giveUp: giveUp}
	s.Idle()
	return s
}

// makeRoom takes away the slot that has been idle the longest, if its grace is over. It
// returns how long to wait before it is called again.
func (g *Gate) makeRoom() time.Duration {
	g.mu.Lock()
	oldest := g.idle.Front()
	if oldest == nil {
		g.mu.Unlock()
		return g.grace
	}
	s := oldest.Value.(*Slot)
	if left := g.grace - time.Since(s.since); left > 0 {
		g.mu.Unlock()
		return left
	}
	s.release()
	g.mu.Unlock()
	s.giveUp()
	return 0
}

// Hold keeps the slot from being taken away. It reports false when it already was.
func (s *Slot) Hold() bool {
	if s == nil {
		return true
	}
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.unlist()
	s.known = true
	return !s.gone
}

// Idle makes the slot idle from now on. A slot that was never held keeps its age:
// strangers cannot stay by asking again and again.
func (s *Slot) Idle() {
	if s == nil {
		return
	}
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if s.gone || s.at != nil && !s.known {
		return
	}
	s.unlist()
	s.since = time.Now()
	s.at = s.gate.idle.PushBack(s)
}

// Release returns the slot to the gate; it may be called again.
func (s *Slot) Release() {
	if s == nil {
		return
	}
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.release()
}

// release is called with gate.mu locked.
func (s *Slot) release() {
	if s.gone {
		return
	}
	s.gone = true
	s.unlist()
	<-s.gate.inUse
}

func (s *Slot) unlist() {
	if s.at != nil {
		s.gate.idle.Remove(s.at)
		s.at = nil
	}
}

// InUse returns how many slots are taken.
func (g *Gate) InUse() int { return len(g.inUse) }

type key struct{}

// With returns a context that carries a slot.
func With(ctx context.Context, s *Slot) context.Context { return context.WithValue(ctx, key{}, s) }

// From returns the slot that a context carries, or nil.
func From(ctx context.Context) *Slot {
	s, _ := ctx.Value(key{}).(*Slot)
	return s
}
