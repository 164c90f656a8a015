package places

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// patience is how many others may come before a claim that is too large for what is
// free, while it would fit if they ended. Then they wait for it.
const patience = 8

// waiter is a claim in its line.
type waiter struct {
	Claim
	never error
	key   string // that names it among all
	order int    // among all, by age
	lack  lack   // what was missing when it was looked at

	claim *claim // of a build that goes on, or nil
	build *Build // that has not begun, or nil
}

// line are all that wait, at one moment, by account.
type line struct {
	*Places
	ctx   context.Context
	queue Queue
	lines map[string][]*waiter
	fault error
}

// line puts all that wait in their order: of an account, builds that go on come first,
// because what they hold comes free by their end.
func (p *Places) line(ctx context.Context, q Queue, builds []Build) *line {
	l := &line{Places: p, ctx: ctx, queue: q, lines: map[string][]*waiter{}}
	p.mu.Lock()
	claims := slices.Clone(p.claims)
	p.mu.Unlock()
	n := 0
	add := func(w *waiter) {
		w.order = n
		n++
		l.lines[w.Account] = append(l.lines[w.Account], w)
	}
	for _, c := range claims {
		add(&waiter{Claim: c.Claim, claim: c, key: "machine " + c.ID})
	}
	for i := range builds {
		add(&waiter{Claim: builds[i].Claim, build: &builds[i], key: "build " + builds[i].Build, never: builds[i].Never})
	}
	return l
}

func (l *line) count() (n int) {
	for _, some := range l.lines {
		n += len(some)
	}
	return n
}

// serve refuses what can never be, lets go on what needs no new place, and gives places
// while there are any.
func (l *line) serve(b *book) {
	for account, some := range l.lines {
		l.lines[account] = slices.DeleteFunc(some, func(w *waiter) bool { return l.refused(w, b) || l.goesOn(w, b) })
	}
	for l.serveOne(b) {
	}
	l.untie(b)
	maps.DeleteFunc(l.passed, func(key string, _ int) bool { return !l.has(key) })
}

func (l *line) has(key string) bool {
	for _, some := range l.lines {
		if slices.ContainsFunc(some, func(w *waiter) bool { return w.key == key }) {
			return true
		}
	}
	return false
}

// goesOn serves a claim of whoever has the place already, and a build that begins
// without a machine.
func (l *line) goesOn(w *waiter, b *book) bool {
	if _, has := b.holders[w.ID]; has || w.ID == "" {
		l.give(w)
		return true
	}
	return false
}

// refused ends a claim that will never be served.
func (l *line) refused(w *waiter, b *book) bool {
	if w.never == nil && w.ID != "" {
		w.never = l.Limits.Never(w.Demand)
	}
	if w.never == nil && len(b.holders) == 0 && w.ID != "" && b.lacks(w.Demand).kind == lackRoom {
		w.never = b.full(w.Demand)
	}
	if w.never != nil {
		l.refuse(w, w.never)
	}
	return w.never != nil
}

// serveOne gives the next place, and says whether it did.
func (l *line) serveOne(b *book) bool {
	var before []*waiter // that cannot have it
	for _, w := range l.heads() {
		w.lack = b.lacks(w.Demand)
		switch {
		case w.lack.kind == lackTurn || (w.lack.kind != "" && l.mustWaitFor(w, b)):
			return false
		case w.lack.kind != "":
			before = append(before, w)
			continue
		}
		l.lines[w.Account] = l.lines[w.Account][1:]
		l.rounds.served(w.Account)
		if l.give(w) {
			b.add(Holder{ID: w.ID, Build: w.Build, Demand: w.Demand, Works: true})
		}
		for _, w := range before {
			l.passed[w.key]++
		}
		return true
	}
	return false
}

// errTied is the answer to the claim of a build that would wait for ever.
var errTied = errors.New("every build that has a machine waits for another one, so none would come free; start the build again when fewer run, or start the server with more --builds")

// untie refuses the newest claim of a build that has a machine already, when all who
// have one wait for more.
func (l *line) untie(b *book) {
	waits := map[string]*waiter{} // of builds that go on
	for _, some := range l.lines {
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
		l.refuse(newest, errTied)
		l.lines[newest.Account] = slices.DeleteFunc(l.lines[newest.Account], func(w *waiter) bool { return w == newest })
	}
}

// heads are the first of every account, that was served longest ago first.
func (l *line) heads() (all []*waiter) {
	for _, some := range l.lines {
		if len(some) > 0 {
			all = append(all, some[0])
		}
	}
	slices.SortFunc(all, func(a, b *waiter) int { return l.rounds.compare(a, b) })
	return all
}

// mustWaitFor says that a claim was passed over often enough, and that what it lacks
// comes free when builds end.
func (l *line) mustWaitFor(w *waiter, b *book) bool {
	return l.passed[w.key] >= patience && b.withoutWorkers().lacks(w.Demand).kind == ""
}

// give gives a place, and says whether it was taken.
func (l *line) give(w *waiter) bool {
	l.reserve(w.Claim)
	if w.claim != nil {
		if l.take(w.claim) {
			w.claim.ended <- nil
			return true
		}
	} else if err := l.queue.Begin(l.ctx, *w.build); err == nil {
		return true
	} else {
		l.fault = fmt.Errorf("beginning %s: %w", w.Build, err)
	}
	l.unreserve(w.ID)
	return false
}

// refuse ends a claim.
func (l *line) refuse(w *waiter, why error) {
	if w.claim != nil {
		if l.take(w.claim) {
			w.claim.ended <- why
		}
	} else if err := l.queue.Refuse(l.ctx, *w.build, why); err != nil {
		l.fault = fmt.Errorf("ending %s: %w", w.Build, err)
	}
}

// tell says to all that are left what they wait for, each thing once.
func (l *line) tell(b *book) {
	for _, some := range l.lines {
		for i, w := range some {
			if i > 0 && w.claim == nil {
				w.lack = lack{lackTurn, fmt.Sprintf("its turn: %d of its account come before it", i)}
			} else if w.lack = b.lacks(w.Demand); w.lack.kind == "" {
				w.lack = lack{lackTurn, "its turn: others that wait come before it"}
			}
			l.tellOne(w)
		}
	}
}

func (l *line) tellOne(w *waiter) {
	text := "waits for " + w.lack.text
	switch {
	case w.claim != nil:
		if !w.claim.told {
			w.claim.told = true
			w.claim.tell(text)
		}
	case !strings.Contains(w.build.Told, w.lack.kind):
		kinds := strings.TrimSpace(w.build.Told + " " + w.lack.kind)
		if err := l.queue.Tell(l.ctx, *w.build, kinds, text); err != nil {
			l.fault = fmt.Errorf("telling what %s waits for: %w", w.Build, err)
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

// compare puts first whose account was served longest ago, then who is older.
func (r *rounds) compare(a, b *waiter) int {
	if by := r.last[a.Account] - r.last[b.Account]; by != 0 {
		return by
	}
	return a.order - b.order
}
