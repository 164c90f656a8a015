package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
)

// Times of a conversation's signs of life. A conversation that hears nothing for silence
// while it pings every beat has lost its agent; both are long because a busy
// host without KVM may stop a machine for seconds.
const (
	beat    = 15 * time.Second
	silence = 60 * time.Second
	// again is how often an unanswered hello is repeated: an agent may have received it
	// and then ended.
	again = 2 * time.Second
)

// VersionError means that agent and client are of different builds.
type VersionError struct{ Agent int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the agent in the machine speaks version %d of the protocol, this program speaks version %d; "+
		"end the machine and build again", e.Agent, protocol.Version)
}

// conversation is one connection after its hello.
type conversation struct {
	client *Client
	conn   net.Conn
	out    *protocol.Writer
	hello  protocol.Hello
	began  time.Time
	done   chan struct{} // closed when the conversation has ended

	mu     sync.Mutex
	err    error // why it ended
	last   int64 // the last request's id
	calls  map[int64]*call
	pinged bool // a ping has no answer yet
}

// call is one request under way.
type call struct {
	replies chan answer
	gone    chan struct{} // closed when the caller no longer listens
}

// answer is a reply with the length of its line.
type answer struct {
	protocol.Reply
	bytes int64
}

// begin says hello on a new connection and starts the conversation.
func (c *Client) begin(ctx context.Context, conn net.Conn) (*conversation, error) {
	s := &conversation{client: c, conn: conn, out: protocol.NewWriter(conn), began: time.Now(), done: make(chan struct{}), calls: map[int64]*call{}}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	in := protocol.NewReplyReader(conn)
	if err := s.greet(in); err != nil {
		stop()
		return nil, err
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	go s.read(in)
	go s.ping()
	return s, nil
}

// greet sends hellos until one is answered. The empty line before each ends what
// an earlier client may have left half written.
func (s *conversation) greet(in *protocol.Reader) error {
	greeting := protocol.Request{Hello: &protocol.HelloRequest{Version: protocol.Version, Nonce: rand.Text()}}
	send := func() error {
		if err := s.out.Resync(); err != nil {
			return err
		}
		return s.out.Send(greeting)
	}
	if err := send(); err != nil {
		return fmt.Errorf("saying hello: %w", err)
	}
	answered := make(chan struct{})
	defer close(answered)
	go repeat(again, answered, func() { _ = send() }) // a failure shows in the read below
	for {
		reply, err := s.next(in)
		switch {
		case err != nil && !protocol.IsGarbage(err):
			s.client.junk.take(reply.bytes)
			return fmt.Errorf("waiting for the agent's hello: %w", err)
		case err == nil && reply.Hello != nil && reply.Hello.Nonce == greeting.Hello.Nonce:
			if reply.Hello.Version != protocol.Version {
				return &VersionError{Agent: reply.Hello.Version}
			}
			s.hello = *reply.Hello
			return nil
		case !s.client.junk.take(reply.bytes):
			return ErrExcess
		case reply.Here:
			if err := send(); err != nil {
				return fmt.Errorf("saying hello: %w", err)
			}
		}
	}
}

// next reads one line, with all its texts within their bounds.
func (s *conversation) next(in *protocol.Reader) (a answer, err error) {
	before := in.Bytes()
	err = in.Next(&a.Reply)
	a.bytes = in.Bytes() - before
	a.Bound()
	if !a.End {
		a.Error, a.Result, a.ExecResult = "", nil, nil // only the end has them
	}
	return a, err
}

// repeat calls act at every interval until stop is closed.
func repeat(interval time.Duration, stop <-chan struct{}, act func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			act()
		}
	}
}

// read passes replies to their calls until the connection ends. The deadline runs only
// while it waits for bytes, not while a sink is slow.
func (s *conversation) read(in *protocol.Reader) {
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			s.end(err)
			return
		}
		reply, err := s.next(in)
		switch {
		case err != nil && !protocol.IsGarbage(err):
			s.client.junk.take(reply.bytes) // half a line, or one that does not end
			s.end(err)
			return
		case err == nil && reply.Here:
			s.end(errors.New("the agent has started anew"))
			return
		case err == nil && s.deliver(reply):
		case !s.client.junk.take(reply.bytes):
			s.end(ErrExcess)
			return
		}
	}
}

// deliver passes a reply to its call, and reports whether there is one.
func (s *conversation) deliver(reply answer) bool {
	if reply.ID == pingID {
		return s.pong()
	}
	s.mu.Lock()
	c := s.calls[reply.ID]
	s.mu.Unlock()
	if c == nil {
		return false
	}
	select {
	case c.replies <- reply:
	case <-c.gone:
		return false
	case <-s.done:
	}
	return true
}

// pingID is the id of all pings; requests count from 1.
const pingID = -1

func (s *conversation) ping() {
	repeat(beat, s.done, func() {
		s.mu.Lock()
		s.pinged = true
		s.mu.Unlock()
		if err := s.send(protocol.Request{ID: pingID, Ping: &protocol.Ping{}}); err != nil {
			s.end(err)
		}
	})
}

// pong handles the answer to a ping, and reports whether there was a ping.
func (s *conversation) pong() bool {
	s.mu.Lock()
	asked := s.pinged
	s.pinged = false
	s.mu.Unlock()
	if asked {
		s.client.note()
	}
	return asked
}

// send writes a request. A machine that takes no bytes for as long as silence is lost.
func (s *conversation) send(request protocol.Request) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(silence)); err != nil {
		return err
	}
	return s.out.Send(request)
}

// end closes the conversation; the first reason stays.
func (s *conversation) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = fmt.Errorf("the connection to the agent ended: %w", err)
		close(s.done)
		_ = s.conn.Close() // the error does not matter any more
	}
}

func (s *conversation) dead() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// call sends one request and waits for its end. Its error means that the conversation
// or ctx has ended.
func (s *conversation) call(ctx context.Context, request protocol.Request, follow *follower) (protocol.Reply, error) {
	c := &call{replies: make(chan answer, 64), gone: make(chan struct{})}
	s.mu.Lock()
	s.last++
	request.ID = s.last
	s.calls[request.ID] = c
	s.mu.Unlock()
	defer func() {
		close(c.gone)
		s.mu.Lock()
		delete(s.calls, request.ID)
		s.mu.Unlock()
	}()
	if err := s.send(request); err != nil {
		s.end(err)
		return protocol.Reply{}, err
	}
	for {
		select {
		case <-ctx.Done():
			return protocol.Reply{}, context.Cause(ctx)
		case <-s.done:
			return protocol.Reply{}, s.err
		case reply := <-c.replies:
			if err := s.take(reply, follow); err != nil || reply.End {
				return reply.Reply, err
			}
		}
	}
}

// take passes an event on. A new event and an end are useful answers; other replies to a
// call only count.
func (s *conversation) take(reply answer, follow *follower) error {
	fresh := reply.End
	if !reply.End || reply.Event != nil {
		var e protocol.Event
		if reply.Event != nil {
			e = *reply.Event
		}
		news, err := follow.event(e, reply.bytes)
		if err != nil {
			s.end(err)
			return err
		}
		fresh = fresh || news
	}
	if fresh {
		s.client.note()
	}
	return nil
}
