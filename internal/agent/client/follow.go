package client

import (
	"sync"

	"ingot/internal/agent/protocol"
)

// meter counts down how much may still be received.
type meter struct {
	mu           sync.Mutex
	lines, bytes int64
}

// take counts a line, and reports whether it is within the bounds.
func (m *meter) take(bytes int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines--
	m.bytes -= bytes
	return m.lines >= 0 && m.bytes >= 0
}

func (m *meter) exceeded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines < 0 || m.bytes < 0
}

// follower passes the events of one run on, once and in order, within the bounds of a
// run. It outlives conversations.
type follower struct {
	after int64
	sink  func(protocol.Event)
	room  meter
}

// newFollower makes a follower; without a sink events are counted and dropped.
func newFollower(after int64, sink func(protocol.Event)) *follower {
	return &follower{after: after, sink: sink, room: meter{lines: protocol.MaxRunEvents, bytes: protocol.MaxRunBytes}}
}

// event reports whether the event was new. Its error is ErrExcess.
func (f *follower) event(e protocol.Event, bytes int64) (fresh bool, err error) {
	if !f.room.take(bytes) {
		return false, ErrExcess
	}
	if e.Seq <= f.after {
		return false, nil
	}
	f.after = e.Seq
	if f.sink != nil {
		f.sink(e)
	}
	return true, nil
}
