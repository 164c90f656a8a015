// Package client is the host's side of the agent: it runs component documents
// and scripts inside a machine and takes their events home.
//
// A [Client] has no state that matters: it connects when it is used and again
// whenever the connection ends, be it by a reboot of the machine, a restart of
// the agent or of the machine's supervisor. Everything it asks for is ensured by
// an ID or can be asked twice, so that a question whose answer was lost is
// simply asked again.
package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
)

// ErrLost is the error of a call when no agent has answered for [Client.Patience].
var ErrLost = errors.New("the agent in the machine no longer answers")

// DefaultPatience covers a reboot of a virtual machine without KVM on a loaded
// host several times over.
const DefaultPatience = 5 * time.Minute

// Client talks to the agent of one machine. It is safe for several goroutines.
type Client struct {
	// Patience is how long a call goes on without an agent that answers, before
	// it gives ErrLost. Hello does not know it: it waits until its context ends.
	Patience time.Duration

	dial    func(context.Context) (net.Conn, error)
	connect chan struct{} // holds the right to make a session

	mu      sync.Mutex
	session *session
}

// New makes a client that connects with dial when it is first used. An error of
// dial that is a *machine.Exit is final, every other one is tried again.
func New(dial func(context.Context) (net.Conn, error)) *Client {
	return &Client{Patience: DefaultPatience, dial: dial, connect: make(chan struct{}, 1)}
}

// Close ends the connection, if there is one. What runs in the machine goes on.
func (c *Client) Close() {
	if s := c.live(); s != nil {
		s.end(net.ErrClosed)
	}
}

// Hello waits until the agent answers and gives what it says of its machine.
func (c *Client) Hello(ctx context.Context) (protocol.Hello, error) {
	s, err := c.open(ctx)
	if err != nil {
		return protocol.Hello{}, fmt.Errorf("waiting for the agent: %w", err)
	}
	return s.hello, nil
}

// Run executes component documents, or attaches to the run with this ID, and
// returns with its end. Every event after run.AfterSeq goes to sink exactly once
// and in order, from the goroutine of the caller. When ctx ends, the run goes on
// in the machine.
func (c *Client) Run(ctx context.Context, run protocol.Run, sink func(protocol.Event)) (protocol.Result, error) {
	follow := follower{after: run.AfterSeq, sink: sink}
	reply, err := c.call(ctx, func() protocol.Request {
		run.AfterSeq = follow.after
		return protocol.Request{Run: &run}
	}, follow.event)
	if err != nil {
		return protocol.Result{}, fmt.Errorf("running components in the machine: %w", err)
	}
	if reply.Result == nil {
		return protocol.Result{}, errors.New("running components in the machine: the agent ended the run without a result")
	}
	return *reply.Result, nil
}

// Exec runs one script to its end, or attaches to the one with this ID.
// Events and cancellation are as with [Client.Run].
func (c *Client) Exec(ctx context.Context, exec protocol.Exec, sink func(protocol.Event)) (protocol.ExecResult, error) {
	follow := follower{after: exec.AfterSeq, sink: sink}
	reply, err := c.call(ctx, func() protocol.Request {
		exec.AfterSeq = follow.after
		return protocol.Request{Exec: &exec}
	}, follow.event)
	if err != nil {
		return protocol.ExecResult{}, fmt.Errorf("running a script in the machine: %w", err)
	}
	if reply.ExecResult == nil {
		return protocol.ExecResult{}, errors.New("running a script in the machine: the agent ended it without a result")
	}
	return *reply.ExecResult, nil
}

// Cancel kills the run or exec with this ID; a Run or Exec that waits for it
// returns with the status cancelled.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.order(ctx, "cancelling a run", protocol.Request{Cancel: &protocol.Cancel{Run: id}})
}

// Sync writes all file systems of the machine out and trims them.
func (c *Client) Sync(ctx context.Context) error {
	return c.order(ctx, "syncing the machine's disk", protocol.Request{Sync: &protocol.Sync{}})
}

// Freeze stops writes to the file system of path in the machine, for at most
// most: then the agent thaws it by itself.
func (c *Client) Freeze(ctx context.Context, path string, most time.Duration) error {
	return c.order(ctx, "freezing "+path, protocol.Request{Freeze: &protocol.Freeze{Path: path, MaxMillis: most.Milliseconds()}})
}

// Thaw ends a freeze.
func (c *Client) Thaw(ctx context.Context, path string) error {
	return c.order(ctx, "thawing "+path, protocol.Request{Thaw: &protocol.Thaw{Path: path}})
}

// Fingerprint hashes the metadata of everything below the paths; two equal
// fingerprints mean that nothing was changed there.
func (c *Client) Fingerprint(ctx context.Context, paths []string) (string, error) {
	reply, err := c.call(ctx, func() protocol.Request {
		return protocol.Request{Fingerprint: &protocol.Fingerprint{Paths: paths}}
	}, nil)
	if err != nil {
		return "", fmt.Errorf("taking a fingerprint of %v: %w", paths, err)
	}
	return reply.Fingerprint, nil
}

// order is a call that answers with success or an error.
func (c *Client) order(ctx context.Context, doing string, request protocol.Request) error {
	if _, err := c.call(ctx, func() protocol.Request { return request }, nil); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// follower passes events on once and in order.
type follower struct {
	after int64
	sink  func(protocol.Event)
}

func (f *follower) event(e protocol.Event) {
	if e.Seq <= f.after {
		return
	}
	f.after = e.Seq
	if f.sink != nil {
		f.sink(e)
	}
}

// call sends the request, again after every loss of the connection, until its
// end arrives.
func (c *Client) call(ctx context.Context, request func() protocol.Request, event func(protocol.Event)) (protocol.Reply, error) {
	for {
		s, err := c.reopen(ctx)
		if err != nil {
			return protocol.Reply{}, err
		}
		reply, err := s.call(ctx, request(), event)
		switch {
		case err != nil && ctx.Err() != nil:
			return protocol.Reply{}, context.Cause(ctx)
		case err != nil: // the session ended; the next one asks again
			continue
		case reply.Error != "":
			return protocol.Reply{}, errors.New(reply.Error)
		}
		return reply, nil
	}
}

// reopen gives a live session within the client's patience.
func (c *Client) reopen(ctx context.Context) (*session, error) {
	patient, cancel := context.WithTimeoutCause(ctx, c.Patience, ErrLost)
	defer cancel()
	return c.open(patient)
}

func (c *Client) live() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil && c.session.dead() {
		c.session = nil
	}
	return c.session
}

// open gives the live session, or makes one. It tries until ctx ends or the
// machine has ended.
func (c *Client) open(ctx context.Context) (*session, error) {
	select {
	case c.connect <- struct{}{}:
		defer func() { <-c.connect }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := c.live(); s != nil {
		return s, nil
	}
	const first, most = 5 * time.Millisecond, 500 * time.Millisecond
	for pause := first; ; pause = min(2*pause, most) {
		s, err := c.attempt(ctx)
		if err == nil {
			c.mu.Lock()
			c.session = s
			c.mu.Unlock()
			return s, nil
		}
		if _, ended := errors.AsType[*machine.Exit](err); ended {
			return nil, err
		}
		if _, refused := errors.AsType[*VersionError](err); refused {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w (last: %w)", context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

// attempt dials once and says hello.
func (c *Client) attempt(ctx context.Context) (*session, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	s, err := begin(ctx, conn)
	if err != nil {
		_ = conn.Close() // the error of the hello says more
		return nil, err
	}
	return s, nil
}
