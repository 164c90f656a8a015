package places_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"ingot/internal/engine/places"
)

const gib = 1 << 30

// host is a host whose machines a test sets.
type host struct {
	t       *testing.T
	limits  places.Limits
	holders []places.Holder
	room    int64
	queue   []places.Build

	mu sync.Mutex
	*places.Places
	begun   chan string // builds that began
	refused chan string // builds that were refused, with the reason
	told    chan string // builds with what they wait for
}

// begin begins to give places, first to builds that wait already.
func (h *host) begin() *host {
	h.begun, h.refused, h.told = make(chan string, 2000), make(chan string, 2000), make(chan string, 2000)
	h.Places = places.New(places.Config{
		Limits: h.limits, Logger: slog.New(slog.DiscardHandler),
		Room: func() (int64, error) { h.mu.Lock(); defer h.mu.Unlock(); return h.room, nil },
		Holders: func(context.Context) ([]places.Holder, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Clone(h.holders), nil
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { h.Run(ctx, h) })
	h.t.Cleanup(func() { stop(); done.Wait() })
	return h
}

// change changes what the host has and wakes the places.
func (h *host) change(f func()) {
	h.mu.Lock()
	f()
	h.mu.Unlock()
	h.Look()
}

// end ends the machine of a build that has begun.
func (h *host) end(build string) {
	h.Leave(build)
}

func (h *host) Waiting(context.Context) ([]places.Build, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.queue), nil
}

func (h *host) remove(build string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = slices.DeleteFunc(h.queue, func(b places.Build) bool { return b.Claim.Build == build })
}

func (h *host) Begin(_ context.Context, b places.Build) error {
	h.remove(b.Claim.Build)
	h.begun <- b.Claim.Build
	return nil
}

func (h *host) Refuse(_ context.Context, b places.Build, why error) error {
	h.remove(b.Claim.Build)
	h.refused <- b.Claim.Build + ": " + why.Error()
	return nil
}

func (h *host) Tell(_ context.Context, b places.Build, kinds, text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.queue {
		if h.queue[i].Claim.Build == b.Claim.Build {
			h.queue[i].Told = kinds
		}
	}
	h.told <- b.Claim.Build + ": " + text
	return nil
}

// build returns a build of an account that needs so much memory, in MiB.
func build(account, name string, memory int) places.Build {
	return places.Build{Claim: places.Claim{Account: account, Build: name, ID: "i-" + name, Demand: places.Demand{CPUs: 1, MemoryMiB: memory}}}
}

// expect checks that these builds begin next, in this order.
func (h *host) expect(names ...string) {
	h.t.Helper()
	for _, want := range names {
		if got := <-h.begun; got != want {
			h.t.Fatalf("%s began, want %s", got, want)
		}
	}
	if len(h.begun) > 0 {
		h.t.Fatalf("%s began too", <-h.begun)
	}
}

// large returns a host that has enough of everything but turns.
func large(t *testing.T, turns int) *host {
	return &host{t: t, limits: places.Limits{Turns: turns, CPUs: 1000, MemoryMiB: 1 << 20}, room: 1 << 50}
}

// TestAccountsTakeTurns: an account with many claims does not keep another from its
// place.
func TestAccountsTakeTurns(t *testing.T) {
	h := large(t, 2)
	for i := range 4 {
		h.queue = append(h.queue, build("greedy", fmt.Sprint("g", i), 1))
	}
	h.queue = append(h.queue, build("modest", "m0", 1), build("late", "l0", 1), build("modest", "m1", 1))
	h.begin()
	h.expect("g0", "m0")
	h.end("g0")
	h.expect("l0")
	h.end("m0")
	h.expect("g1")
	h.end("l0")
	h.expect("m1")
	h.end("g1")
	h.end("m1")
	h.expect("g2", "g3")
}

// TestClaimsOfBuildsThatGoOn come before new builds of their account, and take turns with
// other accounts like these.
func TestClaimsOfBuildsThatGoOn(t *testing.T) {
	h := large(t, 1)
	h.queue = []places.Build{build("one", "a", 1), build("one", "b", 1), build("two", "c", 1)}
	h.begin()
	h.expect("a")
	taken := make(chan string, 2)
	waits := make(chan bool, 1)
	go func() {
		claim := places.Claim{Account: "one", Build: "z", ID: "i-test"}
		if err := h.Take(t.Context(), claim, func(string) { waits <- true }); err != nil {
			t.Error(err)
		}
		taken <- "z"
	}()
	<-waits
	h.end("a")
	h.expect("c")
	h.end("c")
	if got := <-taken; got != "z" || len(h.begun) > 0 {
		t.Errorf("%s has the place", got)
	}
	h.end("z")
	h.expect("b")
}

// TestPlaceIsKept: a claim gets the place at once that an earlier call or process took.
func TestPlaceIsKept(t *testing.T) {
	h := large(t, 1)
	h.queue = []places.Build{build("one", "a", 1)}
	h.begin()
	h.expect("a")
	never := func(text string) { t.Errorf("it %s", text) }
	if err := h.Take(t.Context(), places.Claim{Account: "one", Build: "a", ID: "i-a"}, never); err != nil {
		t.Error(err)
	}
	h.change(func() { h.holders = []places.Holder{{ID: "i-before", Works: true}, {ID: "i-a", Works: true}} })
	if err := h.Take(t.Context(), places.Claim{Account: "two", Build: "before", ID: "i-before"}, never); err != nil {
		t.Error(err)
	}
}

// TestSums counts what all machines take: kept ones, those of no instance, and those that
// are not recorded yet.
func TestSums(t *testing.T) {
	h := &host{t: t, limits: places.Limits{Turns: 9, CPUs: 6, MemoryMiB: 18 << 10}, room: 12 * gib}
	h.holders = []places.Holder{
		{ID: "i-kept", Demand: places.Demand{CPUs: 2, MemoryMiB: 8 << 10}, Kept: true},
		{ID: "i-other", Demand: places.Demand{CPUs: 1, MemoryMiB: 4 << 10}, Works: true},
	}
	h.begin()
	leave := h.Count("smoke", places.Demand{CPUs: 1, MemoryMiB: 1 << 10})
	h.change(func() {
		h.queue = []places.Build{build("one", "fits", 5<<10)}
		h.queue[0].Disk = 12 * gib
	})
	h.expect("fits")
	cpus, disk := build("two", "cpus", 0), build("two", "disk", 0)
	cpus.CPUs, disk.Disk = 3, gib/2
	for _, c := range []struct {
		build places.Build
		words []string
	}{
		{build("two", "memory", 1), []string{"memory: waits for memory", "needs 1 MiB", "18432 of 18432 MiB", "4 machines, 1 of them kept", "ingot machine end"}},
		{cpus, []string{"cpus: waits for processors", "needs 3", "5 of 6", "4 machines"}},
		{disk, []string{"disk: waits for room for disks", "promised 0.5 GiB", "of 12.0 GiB", "12.0 GiB are promised to 4 machines"}},
	} {
		h.change(func() { h.queue = []places.Build{c.build} })
		told := <-h.told
		for _, word := range c.words {
			if !strings.Contains(told, word) {
				t.Errorf("%q does not say %q", told, word)
			}
		}
	}
	leave()
	h.change(func() { h.room = 13 * gib })
	h.expect("disk")
}

// TestManySmallBuildsShareAPool has twenty builds with disks of 8 GiB on a pool of 12 of
// which 2 are kept free, as they write half a GiB each.
func TestManySmallBuildsShareAPool(t *testing.T) {
	h := large(t, 20)
	h.room = 10 * gib
	for i := range 21 {
		b := build("one", fmt.Sprint("b", i), 1)
		b.Disk = places.Promise(8*gib, gib/2)
		h.queue = append(h.queue, b)
	}
	h.limits.Turns = 21
	h.begin()
	for range 20 {
		<-h.begun
	}
	if told := <-h.told; !strings.HasPrefix(told, "b20: waits for room") {
		t.Error(told)
	}
	h.end("b3") // its disk is gone
	h.expect("b20")
}

func TestPromise(t *testing.T) {
	for _, c := range [][3]int64{
		{2 * gib, gib / 2, gib / 2}, {8 * gib, gib / 2, gib / 2}, {100 * gib, gib / 2, 100 * gib / 16}, {gib / 4, gib / 2, gib / 4}, {gib, 0, gib / 16},
	} {
		if got := places.Promise(c[0], c[1]); got != c[2] {
			t.Errorf("a machine with %d bytes is promised %d, want %d", c[0], got, c[2])
		}
	}
}

// TestImpossibleClaimIsRefused: a claim that can never be met is refused at once, before older
// ones, with a remedy.
func TestImpossibleClaimIsRefused(t *testing.T) {
	h := &host{t: t, limits: places.Limits{Turns: 1, CPUs: 8, MemoryMiB: 18 << 10}, room: gib}
	unfit := build("one", "unfit", 1)
	unfit.Never = errors.New("a disk of 100.0 GiB is too large")
	cpus := build("one", "cpus", 1)
	cpus.CPUs = 16
	h.holders = []places.Holder{{ID: "i-1", Works: true}}
	h.queue = []places.Build{build("one", "before", 1), build("one", "memory", 64<<10), cpus, unfit}
	h.begin()
	for _, words := range [][]string{
		{"memory:", "65536 MiB", "18432 MiB", "instanceTypes", "--memory-reserve"}, {"cpus:", "16", "8", "--cpu-overcommit"}, {"unfit:", "100.0 GiB"},
	} {
		refused := <-h.refused
		for _, word := range words {
			if !strings.Contains(refused, word) {
				t.Errorf("%q does not say %q", refused, word)
			}
		}
	}
	claim := places.Claim{Account: "one", ID: "i-2", Demand: places.Demand{MemoryMiB: 64 << 10}}
	if err := h.Take(t.Context(), claim, func(string) {}); err == nil || !strings.Contains(err.Error(), "18432 MiB") {
		t.Errorf("a claim that can never be: %v", err)
	}
	h.change(func() { h.holders, h.room, h.queue[0].Disk = nil, gib/4, gib/2 })
	if refused := <-h.refused; !strings.Contains(refused, "promised 0.5 GiB, and 0.2 GiB") || !strings.Contains(refused, "ingot prune") {
		t.Errorf("with nobody to wait for: %s", refused)
	}
}

// TestEveryCauseIsToldOnce to builds behind others and to those that lack something,
// however often places looks.
func TestEveryCauseIsToldOnce(t *testing.T) {
	h := &host{t: t, limits: places.Limits{Turns: 1, CPUs: 8, MemoryMiB: 10}, room: gib}
	h.queue = []places.Build{build("one", "a", 1), build("one", "b", 10), build("one", "c", 1)}
	h.begin()
	h.expect("a")
	want := []string{"b: waits for its turn: builds go on with 1 machines", "c: waits for its turn: 1 of its account"}
	for range want {
		if told := <-h.told; !slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(told, w) }) {
			t.Error(told)
		}
	}
	h.change(func() { h.holders = []places.Holder{{ID: "i-a", Demand: places.Demand{MemoryMiB: 1}, Kept: true}} })
	if told := <-h.told; !strings.HasPrefix(told, "b: waits for memory") {
		t.Error(told)
	}
	seen := make(chan bool)
	go func() { // is served after the earlier looks
		seen <- h.Take(t.Context(), places.Claim{ID: "i-a"}, func(string) {}) == nil
	}()
	if !<-seen || len(h.told) > 0 {
		t.Errorf("told again: %d", len(h.told))
	}
}

// TestLargeBuildIsNotPassedOverForEver by small builds that fit beside running ones.
func TestLargeBuildIsNotPassedOverForEver(t *testing.T) {
	h := &host{t: t, limits: places.Limits{Turns: 99, CPUs: 99, MemoryMiB: 10}, room: gib}
	h.queue = []places.Build{build("small", "s0", 1), build("large", "l", 10)}
	for i := range 50 {
		h.queue = append(h.queue, build("small", fmt.Sprint("s", i+1), 1))
	}
	h.begin()
	begun := 0
	for name := range h.begun {
		if name == "l" {
			break
		}
		begun++
		h.end(name)
	}
	if begun > 20 {
		t.Errorf("%d builds came before the large one", begun)
	}
}

// TestKeptMachinesDoNotStopTheOthers lets small builds run while a large one waits for a
// person.
func TestKeptMachinesDoNotStopTheOthers(t *testing.T) {
	h := &host{t: t, limits: places.Limits{Turns: 99, CPUs: 99, MemoryMiB: 10}, room: gib}
	h.holders = []places.Holder{{ID: "i-kept", Demand: places.Demand{MemoryMiB: 5}, Kept: true}}
	h.queue = []places.Build{build("large", "l", 10)}
	for i := range 50 {
		h.queue = append(h.queue, build("small", fmt.Sprint("s", i), 5))
	}
	h.begin()
	for i := range 50 {
		name := <-h.begun
		if name != fmt.Sprint("s", i) {
			t.Fatalf("%s began", name)
		}
		h.end(name)
	}
	h.change(func() { h.holders = nil })
	h.expect("l")
}

// TestBuildWithoutAMachine begins at once, whatever runs.
func TestBuildWithoutAMachine(t *testing.T) {
	h := large(t, 1)
	none := build("one", "none", 0)
	none.ID = ""
	h.queue = []places.Build{build("one", "a", 1), build("one", "b", 1), none}
	h.begin()
	got := []string{<-h.begun, <-h.begun}
	if slices.Sort(got); !slices.Equal(got, []string{"a", "none"}) {
		t.Errorf("%v began", got)
	}
}

// TestBuildsThatWaitForEachOther would wait for ever: the newest is refused.
func TestBuildsThatWaitForEachOther(t *testing.T) {
	h := large(t, 2)
	h.queue = []places.Build{build("one", "a", 1), build("two", "b", 1)}
	h.begin()
	h.expect("a", "b")
	waits, first := make(chan bool, 1), make(chan error, 1)
	go func() {
		first <- h.Take(t.Context(), places.Claim{Account: "one", Build: "a", ID: "i-a2"}, func(string) { waits <- true })
	}()
	<-waits // for b, which may end
	err := h.Take(t.Context(), places.Claim{Account: "two", Build: "b", ID: "i-b2"}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "--builds") {
		t.Errorf("the second: %v", err)
	}
	h.end("b")
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
}

// TestTakeGivesUp: when its context ends, Take returns and has no place.
func TestTakeGivesUp(t *testing.T) {
	h := large(t, 1)
	h.holders = []places.Holder{{ID: "i-1", Works: true}}
	h.begin()
	cause := errors.New("cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := h.Take(ctx, places.Claim{Account: "one", Build: "a", ID: "i-2"}, func(string) { cancel(cause) })
	if err != cause {
		t.Errorf("it ended with %v", err)
	}
	h.change(func() { h.holders, h.queue = nil, []places.Build{build("one", "b", 1)} })
	h.expect("b")
}
