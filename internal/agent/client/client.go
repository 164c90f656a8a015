// Package client is the host's side of the agent: it runs component documents and scripts
// inside a machine and receives their events.
//
// A [Client] connects when it is used, and again whenever the connection ends: by a
// reboot of the machine, a restart of the agent or of the machine's supervisor. Its
// requests have an ID or can be repeated, so that it repeats a request whose answer was
// lost.
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

// ErrExcess is the error of a call when the agent sends more than any run can, or too
// much that is not an answer: something in the machine speaks in its place.
var ErrExcess = errors.New("the machine says more than an agent can have to say; somebody in it speaks in the agent's place")

// Client talks to the agent of one machine. It is safe for several goroutines.
type Client struct {
	// Patience is how long a call continues without a useful answer of the agent, while
	// there is no conversation, before it returns ErrLost. A hello is not a useful
	// answer. Hello ignores Patience: it waits until its context ends.
	Patience time.Duration

	dial    func(context.Context) (net.Conn, error)
	connect chan struct{} // holds the right to make a conversation
	junk    meter         // what is not an answer, in all conversations

	mu           sync.Mutex
	conversation *conversation
	useful       time.Time     // when the last useful answer came
	pause        time.Duration // before the next conversation
}

// New makes a client that connects with dial when it is first used. If dial returns a
// *machine.Exit, that is final; after any other error it is called again.
func New(dial func(context.Context) (net.Conn, error)) *Client {
	return &Client{
		Patience: DefaultPatience, dial: dial, connect: make(chan struct{}, 1),
		junk: meter{lines: protocol.MaxJunkLines, bytes: protocol.MaxJunkBytes},
	}
}

// Close ends the connection, if there is one. What runs in the machine continues.
func (c *Client) Close() {
	if s := c.live(); s != nil {
		s.end(net.ErrClosed)
	}
}

// Hello waits until the agent answers and returns what it knows of its machine.
func (c *Client) Hello(ctx context.Context) (protocol.Hello, error) {
	s, err := c.open(ctx)
	if err != nil {
		return protocol.Hello{}, fmt.Errorf("waiting for the agent: %w", err)
	}
	return s.hello, nil
}

// Run executes component documents, or attaches to the run with this ID, and returns with
// its end. Every event after run.AfterSeq goes to sink exactly once and in order, from
// the goroutine of the caller. When ctx ends, the run continues in the machine.
func (c *Client) Run(ctx context.Context, run protocol.Run, sink func(protocol.Event)) (protocol.Result, error) {
	follow := newFollower(run.AfterSeq, sink)
	reply, err := c.call(ctx, func() protocol.Request {
		run.AfterSeq = follow.after
		return protocol.Request{Run: &run}
	}, follow)
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
	follow := newFollower(exec.AfterSeq, sink)
	reply, err := c.call(ctx, func() protocol.Request {
		exec.AfterSeq = follow.after
		return protocol.Request{Exec: &exec}
	}, follow)
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
	}, newFollower(0, nil))
	if err != nil {
		return "", fmt.Errorf("taking a fingerprint of %v: %w", paths, err)
	}
	return reply.Fingerprint, nil
}

// order is a call that answers with success or an error.
func (c *Client) order(ctx context.Context, doing string, request protocol.Request) error {
	if _, err := c.call(ctx, func() protocol.Request { return request }, newFollower(0, nil)); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// call sends the request, again after every loss of the connection, until its
// end arrives.
func (c *Client) call(ctx context.Context, request func() protocol.Request, follow *follower) (protocol.Reply, error) {
	for began := time.Now(); ; {
		s, err := c.reopen(ctx, began)
		if err != nil {
			return protocol.Reply{}, err
		}
		reply, err := s.call(ctx, request(), follow)
		switch {
		case err != nil && ctx.Err() != nil:
			return protocol.Reply{}, context.Cause(ctx)
		case errors.Is(err, ErrExcess):
			return protocol.Reply{}, err
		case err != nil: // the conversation ended; the next one repeats the request
			continue
		case reply.Error != "":
			return protocol.Reply{}, errors.New(reply.Error)
		}
		return reply, nil
	}
}

// reopen returns a live conversation, within the client's patience, which counts from the
// last useful answer or from the begin of the call.
func (c *Client) reopen(ctx context.Context, began time.Time) (*conversation, error) {
	c.mu.Lock()
	since := c.useful
	c.mu.Unlock()
	if since.Before(began) {
		since = began
	}
	patient, cancel := context.WithDeadlineCause(ctx, since.Add(c.Patience), ErrLost)
	defer cancel()
	return c.open(patient)
}

// note records that a useful answer came.
func (c *Client) note() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.useful = time.Now()
}

func (c *Client) live() *conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conversation != nil && c.conversation.dead() {
		c.rest(c.conversation)
		c.conversation = nil
	}
	return c.conversation
}

// Pauses between attempts, and between a conversation that ended soon and the next: an
// agent that ends again and again must not keep this host busy.
const (
	shortest  = 5 * time.Millisecond
	longest   = 500 * time.Millisecond
	longLived = 10 * time.Second // a conversation that lived so long did not end soon
)

// rest sets the pause after a conversation.
func (c *Client) rest(s *conversation) {
	if time.Since(s.began) > longLived {
		c.pause = 0
		return
	}
	c.pause = min(max(2*c.pause, shortest), longest)
}

// open returns the live conversation, or makes one. It tries until ctx ends or the
// machine has ended.
func (c *Client) open(ctx context.Context) (*conversation, error) {
	select {
	case c.connect <- struct{}{}:
		defer func() { <-c.connect }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := c.live(); s != nil {
		return s, nil
	}
	c.mu.Lock()
	pause := c.pause
	c.mu.Unlock()
	if err := wait(ctx, pause); err != nil {
		return nil, err
	}
	for pause = shortest; ; pause = min(2*pause, longest) {
		s, err := c.attempt(ctx)
		if err == nil {
			c.mu.Lock()
			c.conversation = s
			c.mu.Unlock()
			return s, nil
		}
		if final(err) {
			return nil, err
		}
		if stop := wait(ctx, pause); stop != nil {
			return nil, fmt.Errorf("%w (last: %w)", stop, err)
		}
	}
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// final reports whether another attempt would fail too.
func final(err error) bool {
	_, ended := errors.AsType[*machine.Exit](err)
	_, refused := errors.AsType[*VersionError](err)
	return ended || refused || errors.Is(err, ErrExcess)
}

// attempt dials once and says hello.
func (c *Client) attempt(ctx context.Context) (*conversation, error) {
	if c.junk.exceeded() {
		return nil, ErrExcess
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.begin(ctx, conn)
	if err != nil {
		_ = conn.Close() // the error of the hello is returned
		return nil, err
	}
	return s, nil
}
