package places

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// patience is how many others may pass a claim that is too large for what is free but
// would fit if builds ended. After that the others wait for it.
const patience = 8

// waiter is a claim in its queue.
type waiter struct {
	Claim
	never error
	key   string // unique among all
	order int    // among all, by age
	lack  lack   // what was missing at the last look

	claim *claim // of a build that has begun, or nil
	build *Build // a build that has not begun, or nil
}

// queue holds all waiting claims at one moment, by account.
type queue struct {
	*Places
	ctx       context.Context
	builds    Queue
	byAccount map[string][]*waiter
	fault     error
}

// newQueue puts the waiting claims in order. Within an account, builds that have begun
// come first, because what they hold comes free when they end.
func (p *Places) newQueue(ctx context.Context, builds Queue, waiting []Build) *queue {
	q := &queue{Places: p, ctx: ctx, builds: builds, byAccount: map[string][]*waiter{}}
	p.mu.Lock()
	claims := slices.Clone(p.claims)
	p.mu.Unlock()
	n := 0
	add := func(w *waiter) {
		w.order = n
		n++
		q.byAccount[w.Account] = append(q.byAccount[w.Account], w)
	}
	for _, c := range claims {
		add(&waiter{Claim: c.Claim, claim: c, key: "machine " + c.ID})
	}
	for i := range waiting {
		add(&waiter{Claim: waiting[i].Claim, build: &waiting[i], key: "build " + waiting[i].Build, never: waiting[i].Never})
	}
	return q
}

func (q *queue) count() (n int) {
	for _, some := range q.byAccount {
		n += len(some)
	}
	return n
}

// serve refuses claims that can never be met, answers those that need no new place, and
// gives places while there are any.
func (q *queue) serve(b *book) {
	for account, some := range q.byAccount {
		q.byAccount[account] = slices.DeleteFunc(some, func(w *waiter) bool { return q.refused(w, b) || q.serveAtOnce(w, b) })
	}
	for q.serveOne(b) {
	}
	q.untie(b)
	maps.DeleteFunc(q.passed, func(key string, _ int) bool { return !q.has(key) })
}

func (q *queue) has(key string) bool {
	for _, some := range q.byAccount {
		if slices.ContainsFunc(some, func(w *waiter) bool { return w.key == key }) {
			return true
		}
	}
	return false
}

// serveAtOnce serves a claim whose instance has its place already, and a build that begins
// without a machine. It reports whether it did.
func (q *queue) serveAtOnce(w *waiter, b *book) bool {
	if _, has := b.holders[w.ID]; has || w.ID == "" {
		q.give(w)
		return true
	}
	return false
}

// refused ends a claim that can never be met, and reports whether it did.
func (q *queue) refused(w *waiter, b *book) bool {
	if w.never == nil && w.ID != "" {
		w.never = q.Limits.Never(w.Demand)
	}
	if w.never == nil && len(b.holders) == 0 && w.ID != "" && b.lacks(w.Demand).kind == lackRoom {
		w.never = b.full(w.Demand)
	}
	if w.never != nil {
		q.refuse(w, w.never)
	}
	return w.never != nil
}

// serveOne gives the next place, and reports whether it did.
func (q *queue) serveOne(b *book) bool {
	var before []*waiter // that cannot have the place
	for _, w := range q.heads() {
		w.lack = b.lacks(w.Demand)
		switch {
		case w.lack.kind == lackTurn || (w.lack.kind != "" && q.mustWaitFor(w, b)):
			return false
		case w.lack.kind != "":
			before = append(before, w)
			continue
		}
		q.byAccount[w.Account] = q.byAccount[w.Account][1:]
		q.rounds.served(w.Account)
		if q.give(w) {
			b.add(Holder{ID: w.ID, Build: w.Build, Demand: w.Demand, Works: true})
		}
		for _, w := range before {
			q.passed[w.key]++
		}
		return true
	}
	return false
}

// errTied refuses the claim of a build that would wait for ever.
var errTied = errors.New("every build that has a machine waits for another one, so none would come free; start the build again when fewer run, or start the server with more --builds")

// untie refuses the newest claim of a build that has a machine, when all builds that have
// one wait for another.
func (q *queue) untie(b *book) {
	waits := map[string]*waiter{} // of builds that have begun
	for _, some := range q.byAccount {
		for _, w := range some {
			if w.claim != nil && (waits[w.Build] == nil || waits[w.Build].order < w.order) {
				waits[w.Build] = w
			}
		}
	}
	var newest *waiter
	for _, h := range b.holders {
		w := waits[h.Build]
		if w == nil {
			return // it will end
		}
		if newest == nil || newest.order < w.order {
			newest = w
		}
	}
	if newest != nil {
		q.refuse(newest, errTied)
		q.byAccount[newest.Account] = slices.DeleteFunc(q.byAccount[newest.Account], func(w *waiter) bool { return w == newest })
	}
}

// heads returns the first claim of each account, in the order of their service: the
// account that was served longest ago comes first.
func (q *queue) heads() (all []*waiter) {
	for _, some := range q.byAccount {
		if len(some) > 0 {
			all = append(all, some[0])
		}
	}
	slices.SortFunc(all, func(a, b *waiter) int { return q.rounds.compare(a, b) })
	return all
}

// mustWaitFor reports whether a claim was passed too often and would fit if builds ended.
func (q *queue) mustWaitFor(w *waiter, b *book) bool {
	return q.passed[w.key] >= patience && b.withoutWorkers().lacks(w.Demand).kind == ""
}

// give gives a place, and reports whether it was taken.
func (q *queue) give(w *waiter) bool {
	q.reserve(w.Claim)
	if w.claim != nil {
		if q.take(w.claim) {
			w.claim.ended <- nil
			return true
		}
	} else if err := q.builds.Begin(q.ctx, *w.build); err == nil {
		return true
	} else {
		q.fault = fmt.Errorf("beginning %s: %w", w.Build, err)
	}
	q.unreserve(w.ID)
	return false
}

// refuse ends a claim.
func (q *queue) refuse(w *waiter, why error) {
	if w.claim != nil {
		if q.take(w.claim) {
			w.claim.ended <- why
		}
	} else if err := q.builds.Refuse(q.ctx, *w.build, why); err != nil {
		q.fault = fmt.Errorf("ending %s: %w", w.Build, err)
	}
}

// tell tells every claim that is left what it waits for, each thing once.
func (q *queue) tell(b *book) {
	for _, some := range q.byAccount {
		for i, w := range some {
			if i > 0 && w.claim == nil {
				w.lack = lack{lackTurn, fmt.Sprintf("its turn: %d of its account come before it", i)}
			} else if w.lack = b.lacks(w.Demand); w.lack.kind == "" {
				w.lack = lack{lackTurn, "its turn: others that wait come before it"}
			}
			q.tellOne(w)
		}
	}
}

func (q *queue) tellOne(w *waiter) {
	text := "waits for " + w.lack.text
	switch {
	case w.claim != nil:
		if !w.claim.told {
			w.claim.told = true
			w.claim.tell(text)
		}
	case !strings.Contains(w.build.Told, w.lack.kind):
		kinds := strings.TrimSpace(w.build.Told + " " + w.lack.kind)
		if err := q.builds.Tell(q.ctx, *w.build, kinds, text); err != nil {
			q.fault = fmt.Errorf("telling what %s waits for: %w", w.Build, err)
		}
	}
}

// rounds remembers when accounts were served last.
type rounds struct {
	n    int
	last map[string]int
}

func (r *rounds) served(account string) {
	if r.last == nil {
		r.last = map[string]int{}
	}
	r.n++
	r.last[account] = r.n
}

// compare orders by when the account was served, longest ago first, then by age.
func (r *rounds) compare(a, b *waiter) int {
	if by := r.last[a.Account] - r.last[b.Account]; by != 0 {
		return by
	}
	return a.order - b.order
}
