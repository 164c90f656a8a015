package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"ingot/internal/agent/protocol"
)

// link is one stream of bytes; at most one conversation lives on it.
type link struct {
	server       *Server
	out          *protocol.Writer
	conversation *conversation // nil before the first hello
}

// conversation is what follows a hello. After it has ended nothing of it is sent, because
// the next conversation numbers its requests anew.
type conversation struct {
	ctx     context.Context
	stop    context.CancelFunc
	out     *protocol.Writer
	refused error // the answer to every request

	mu    sync.Mutex
	ended bool
}

var errEnded = errors.New("the conversation has ended")

// Serve speaks with one client until the stream ends or the server is closed. The caller
// then closes the stream, so that the client asks the next server.
func (s *Server) Serve(ctx context.Context, stream io.ReadWriter) error {
	l := &link{server: s, out: protocol.NewWriter(stream)}
	ended := make(chan error, 1)
	go func() { ended <- l.serve(ctx, stream) }()
	select {
	case err := <-ended:
		return err
	case <-s.life.Done():
		return errStopping
	}
}

// serve reads requests until the stream ends.
func (l *link) serve(ctx context.Context, stream io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := protocol.NewReader(stream)
	for {
		var r protocol.Request
		switch err := in.Next(&r); {
		case protocol.IsGarbage(err):
		case err != nil:
			return err
		case r.Hello != nil:
			l.greet(ctx, *r.Hello)
		case l.conversation != nil:
			go l.server.serve(l.conversation, r)
		}
	}
}

// greet begins a conversation and ends the one before it.
func (l *link) greet(ctx context.Context, hello protocol.HelloRequest) {
	if l.conversation != nil {
		l.conversation.end()
	}
	s := &conversation{out: l.out}
	s.ctx, s.stop = context.WithCancel(ctx)
	if hello.Version != protocol.Version {
		s.refused = fmt.Errorf("the agent speaks version %d of the protocol, the client speaks version %d", protocol.Version, hello.Version)
	}
	l.conversation = s
	_ = l.out.Send(protocol.Reply{Hello: l.server.hello(ctx, hello.Nonce)}) // a broken stream ends the next read
}

func (s *conversation) end() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// say sends a reply while the conversation lives.
func (s *conversation) say(r protocol.Reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.ctx.Err() != nil {
		return errEnded
	}
	return s.out.Send(r)
}

// serve answers one request: with events, if it is about a job, and with an end.
func (s *Server) serve(to *conversation, r protocol.Request) {
	var end protocol.Reply
	err := to.refused
	switch {
	case err != nil:
	case r.Run != nil:
		end, err = s.follow(to, r.ID, request{Run: r.Run}, r.Run.AfterSeq)
	case r.Exec != nil:
		end, err = s.follow(to, r.ID, request{Exec: r.Exec}, r.Exec.AfterSeq)
	default:
		end, err = s.answer(to.ctx, r)
	}
	if errors.Is(err, errStopping) {
		return // the next server answers
	}
	end.ID, end.End = r.ID, true
	if err != nil {
		end.Error = err.Error()
	}
	_ = to.say(end) // a client that has gone asks again
}

// follow ensures a job and sends its events.
func (s *Server) follow(to *conversation, id int64, r request, after int64) (protocol.Reply, error) {
	j, err := s.ensure(r)
	if err != nil {
		return protocol.Reply{}, err
	}
	return j.spool.follow(to.ctx, after, func(e protocol.Event) error {
		return to.say(protocol.Reply{ID: id, Event: &e})
	})
}
