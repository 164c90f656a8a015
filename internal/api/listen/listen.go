// Package listen serves the API's handler on the network, within bounds: of the
// connections that are open, and of the time that each part of a request may take.
//
// When there are too many connections, those are closed first whose clients do nothing
// or send what cannot be parsed; see package gate for the rule.
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

// Config configures a server.
type Config struct {
	Handler     http.Handler
	Logger      *slog.Logger
	Certificate *Certificate // nil: plain HTTP
	Connections int          // that are open at a time; 0: 1024, or what the process may have
	// Grace is how long a connection that has sent nothing of use is kept when others
	// wait; 0: 1 s.
	Grace time.Duration
	End   time.Duration // how long requests may still take when the server stops; 0: 5 s
}

// Time limits of a connection. A handler sets those of its own waits.
const (
	headerTime = 10 * time.Second // for the headers of a request, or a handshake of TLS
	idleTime   = 2 * time.Minute  // between two requests
	answerTime = time.Minute      // for an answer, unless the handler sets another
)

// longestHeader is how many bytes the headers of a request may have; net/http adds 4 KiB.
const longestHeader = 60 << 10

// Serve answers on a listener until ctx ends, then lets requests under way end.
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

// newServer makes a server for HTTP/1.1 only: no client of these services speaks another
// version to them, and each has attacks of its own.
func newServer(c Config) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: c.Handler, Protocols: &protocols,
		ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, WriteTimeout: answerTime, MaxHeaderBytes: longestHeader,
		ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return gate.With(ctx, slotOf(c))
		},
		ConnState: func(c net.Conn, s http.ConnState) {
			if s == http.StateActive || s == http.StateIdle {
				slotOf(c).Idle()
			}
		},
	}
}

// connections returns how many connections may be open: 1024, if the process may open
// four times as many files.
func connections() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(1024, max(16, limit.Cur/4)))
}

// listener gives each connection a slot of its gate.
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
	slot, err := l.gate.Acquire(l.ctx, func() { _ = c.Close() })
	if err != nil {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	return &conn{c, slot}, nil
}

// conn is a connection with its slot.
type conn struct {
	net.Conn
	slot *gate.Slot
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.slot.Release()
	return c.Conn.Close()
}

// CloseWrite closes the sending half, so that the client still reads the last answer
// before the connection is closed.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func slotOf(c net.Conn) *gate.Slot {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if c, ok := c.(*conn); ok {
		return c.slot
	}
	return nil
}
