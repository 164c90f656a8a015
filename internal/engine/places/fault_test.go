package places_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"ingot/internal/engine/places"
)

// lines is a log that sends each line to a channel.
type lines struct {
	slog.Handler
	said chan string
}

func (l lines) Enabled(context.Context, slog.Level) bool { return true }

func (l lines) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { l.said <- fmt.Sprint(a.Value); return true })
	return nil
}

// TestFaultsAreTriedAgain after longer and longer pauses, and logged once each. Claims
// wait meanwhile and are served when the fault is over.
func TestFaultsAreTriedAgain(t *testing.T) {
	locked, gone := errors.New("database is locked"), errors.New("no such table")
	faults := []error{locked, locked, locked, gone, gone, gone, gone, locked, nil}
	var pauses []time.Duration
	said, begun := make(chan string, 100), make(chan string, 1)
	pass := 0
	p := places.New(places.Config{
		Limits: places.Limits{Turns: 1, CPUs: 1, MemoryMiB: 1 << 10}, Logger: slog.New(lines{said: said}),
		Room: func() (int64, error) { return gib, nil },
		Holders: func(context.Context) ([]places.Holder, error) {
			fault := faults[min(pass, len(faults)-1)]
			pass++
			return nil, fault
		},
		After: func(d time.Duration) <-chan time.Time {
			pauses = append(pauses, d)
			now := make(chan time.Time, 1)
			now <- time.Time{}
			return now
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	h := &host{t: t, Places: p, begun: begun, queue: []places.Build{build("a", "one", 512)}}
	go func() { p.Run(ctx, h); close(ended) }()
	h.expect("one")
	stop()
	<-ended
	if want := []time.Duration{2, 4, 8, 16, 32, 60, 60, 60}; !slices.EqualFunc(pauses[:len(want)], want, func(got, want time.Duration) bool { return got == want*time.Second }) {
		t.Errorf("it was tried again after %v", pauses)
	}
	close(said)
	var log []string
	for text := range said {
		log = append(log, text)
	}
	if len(log) != 3 {
		t.Errorf("the log has %d lines: %q", len(log), log)
	}
}

// TestABuildThatCannotBegin is tried again after a pause, not at once for ever.
func TestABuildThatCannotBegin(t *testing.T) {
	paused := make(chan time.Duration)
	p := places.New(places.Config{
		Limits: places.Limits{Turns: 1, CPUs: 1, MemoryMiB: 1 << 10}, Logger: slog.New(slog.DiscardHandler),
		Room:    func() (int64, error) { return gib, nil },
		Holders: func(context.Context) ([]places.Holder, error) { return nil, nil },
		After:   func(d time.Duration) <-chan time.Time { paused <- d; return nil },
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	tried := make(chan struct{}, 1000)
	h := &stuck{&host{t: t, Places: p, told: make(chan string, 1000), queue: []places.Build{build("a", "one", 512)}}, tried}
	go func() { p.Run(ctx, h); close(ended) }()
	<-paused
	stop()
	select {
	case d := <-paused:
		t.Errorf("it was tried again before its time, and then waits %v", d)
	case <-ended:
	}
	if n := len(tried); n != 1 {
		t.Errorf("it was tried %d times", n)
	}
}

// stuck are builds that cannot begin.
type stuck struct {
	*host
	tried chan struct{}
}

func (s *stuck) Begin(context.Context, places.Build) error {
	s.tried <- struct{}{}
	return errors.New("its row cannot be read")
}
