package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
)

// spool holds the events of a job: a file with one event a line. Events that cannot be
// written, because the disk is full, are kept in memory. Beyond the spool's bound what
// components print is dropped, and one event says so.
type spool struct {
	mu     sync.Mutex
	most   int64 // bytes of the file
	file   *os.File
	at     []span // of the events in the file; the event with number n is at n-1
	size   int64
	full   bool // an event says that something was dropped
	kept   map[int64]protocol.Event
	ending *protocol.Reply // nil while the job runs
	more   chan struct{}   // closed at every news, and made anew
}

// span is the place of one event; with length 0 it is not in the file.
type span struct {
	start  int64
	length int
}

// openSpool reads the events of an earlier server. It removes an event at the end that a
// crash left half written.
func openSpool(path string) (*spool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the events of a run: %w", err)
	}
	s := &spool{most: protocol.MaxSpool, file: f, kept: map[int64]protocol.Event{}, more: make(chan struct{})}
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadBytes('\n')
		var e protocol.Event
		if err != nil || json.Unmarshal(line, &e) != nil || e.Seq <= s.count() {
			break
		}
		for s.count() < e.Seq-1 {
			s.at = append(s.at, span{}) // it could not be written
		}
		s.at = append(s.at, span{s.size, len(line)})
		s.size += int64(len(line))
		s.full = s.full || e.Stream == protocol.Agent && e.Text == dropping
	}
	if err := f.Truncate(s.size); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the events of a run: %w", err), f.Close())
	}
	return s, nil
}

func (s *spool) close() { _ = s.file.Close() } // events that it lacks are in memory only

// sync puts the events on stable storage, for a restart that is not orderly.
func (s *spool) sync() { _ = s.file.Sync() }

func (s *spool) count() int64 { return int64(len(s.at)) }

// add numbers an event, sets its time and stores it.
func (s *spool) add(e protocol.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if output := e.Kind == protocol.KindLog && e.Stream != protocol.Agent; output && s.size > s.most {
		if s.full {
			return
		}
		e.Stream, e.Text, s.full = protocol.Agent, dropping, true
	}
	e.Text = cut(e.Text)
	e.Seq, e.Time = s.count()+1, time.Now().UTC()
	s.at = append(s.at, s.write(e))
	if s.at[e.Seq-1].length == 0 {
		s.kept[e.Seq] = e
	}
	s.news()
}

// dropping replaces all output that a spool has no room for.
var dropping = fmt.Sprintf("this run has printed more than %d MiB; what it prints from here on is dropped", protocol.MaxSpool>>20)

// cut cuts the text of an event to its bound: messages quote texts that may be long.
func cut(text string) string {
	if len(text) <= protocol.MaxText {
		return text
	}
	return strings.ToValidUTF8(text[:protocol.MaxText], "")
}

// write puts an event at the end of the file.
func (s *spool) write(e protocol.Event) span {
	line, err := json.Marshal(e)
	if err != nil {
		return span{}
	}
	line = append(line, '\n')
	if _, err := s.file.WriteAt(line, s.size); err != nil {
		return span{} // the next event overwrites what there is of this one
	}
	place := span{s.size, len(line)}
	s.size += int64(len(line))
	return place
}

func (s *spool) news() {
	close(s.more)
	s.more = make(chan struct{})
}

func (s *spool) end(end protocol.Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = &end
	s.news()
}

func (s *spool) last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count()
}

func (s *spool) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending != nil
}

// follow calls tell with every event after a number, and returns the job's end after
// that. It stops when tell fails or ctx ends.
func (s *spool) follow(ctx context.Context, after int64, tell func(protocol.Event) error) (protocol.Reply, error) {
	for {
		s.mu.Lock()
		count, end, more := s.count(), s.ending, s.more
		s.mu.Unlock()
		for after < count {
			after++
			e, ok := s.read(after)
			if !ok {
				continue
			}
			if err := tell(e); err != nil {
				return protocol.Reply{}, err
			}
		}
		if end != nil {
			return *end, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return protocol.Reply{}, context.Cause(ctx)
		}
	}
}

// read returns the event with a number, unless it was lost because the disk was full.
func (s *spool) read(seq int64) (protocol.Event, bool) {
	if seq < 1 {
		return protocol.Event{}, false
	}
	s.mu.Lock()
	place := s.at[seq-1]
	e, ok := s.kept[seq]
	s.mu.Unlock()
	if place.length == 0 {
		return e, ok
	}
	line := make([]byte, place.length)
	if _, err := s.file.ReadAt(line, place.start); err != nil && !errors.Is(err, io.EOF) {
		return protocol.Event{}, false
	}
	return e, json.Unmarshal(line, &e) == nil
}
