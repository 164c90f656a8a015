// Package listen serves the API's handler on the network, within bounds: of the
// connections that are open, and of the time that each part of a request may take.
//
// Who connects and does nothing, or sends what nobody can read, is cut off first when
// there are too many; see package gate for the rule.
package listen

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/api/gate"
)

// Config is what a server is made of.
type Config struct {
	Handler     http.Handler
	Logger      *slog.Logger
	Certificate *Certificate // nil: plain HTTP
	Connections int          // that are open at a time; 0: 1024, or what the process may have
	// Grace is how long a connection that has sent nothing of use is safe from
	// newcomers; 0: 1 s.
	Grace time.Duration
	End   time.Duration // that requests under way may take when the server ends; 0: 5 s
}

// The times of a connection. What a handler waits for is its own business.
const (
	headerTime = 10 * time.Second // for the headers of a request, or a handshake of TLS
	idleTime   = 2 * time.Minute  // between two requests
	answerTime = time.Minute      // for an answer to which the handler gave no time
)

// longestHeader is how many bytes the headers of a request may have. Go adds 4 KiB.
const longestHeader = 60 << 10

// Serve answers on a listener until ctx ends, then lets requests come to their end.
func Serve(ctx context.Context, l net.Listener, c Config) error {
	if c.Connections == 0 {
		c.Connections = connections()
	}
	within, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var bound net.Listener = &listener{Listener: l, ctx: within, gate: gate.New(c.Connections, cmp.Or(c.Grace, time.Second))}
	if c.Certificate != nil {
		bound = tls.NewListener(bound, c.Certificate.config())
	}
	server := newServer(c)
	server.RegisterOnShutdown(end)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(bound) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	c.Logger.Info("stopping; machines go on and the next start takes them up")
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(c.End, 5*time.Second))
	defer cancel()
	if err := server.Shutdown(late); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	c.Logger.Warn("cutting off requests that did not come to their end")
	return server.Close()
}

// newServer makes a server of HTTP/1.1 alone: no client of these services speaks
// another version to them, and each has attacks of its own.
func newServer(c Config) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: c.Handler, Protocols: &protocols,
		ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, WriteTimeout: answerTime, MaxHeaderBytes: longestHeader,
		ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return gate.With(ctx, placeOf(c))
		},
		ConnState: func(c net.Conn, s http.ConnState) {
			if s == http.StateActive || s == http.StateIdle {
				placeOf(c).Release()
			}
		},
	}
}

// connections is how many may be open: 1024, if the process may have four times as many
// files.
func connections() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(1024, max(16, limit.Cur/4)))
}

// listener lets connections through its gate.
type listener struct {
	net.Listener
	ctx  context.Context
	gate *gate.Gate
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	place, err := l.gate.Enter(l.ctx, func() { _ = c.Close() })
	if err != nil {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	return &conn{c, place}, nil
}

// conn is a connection with its place.
type conn struct {
	net.Conn
	place *gate.Place
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.place.Leave()
	return c.Conn.Close()
}

// CloseWrite lets the server end what it sends before it ends the connection, so that
// its last answer is read.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func placeOf(c net.Conn) *gate.Place {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if c, ok := c.(*conn); ok {
		return c.place
	}
	return nil
}
