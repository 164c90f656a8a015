package supervise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
)

// Orders of every supervisor.
const (
	Watch = "watch" // stays open until the supervisor has ended
	Kill  = "kill"  // ends the machine at once
)

// OrderTime bounds how long a supervisor may take to accept an order.
const OrderTime = 5 * time.Second

// ErrGone is returned if no supervisor answers.
var ErrGone = errors.New("the supervisor of the machine is gone")

// Dial connects to a socket in a folder. It does so through a descriptor, because the
// path of a socket is limited to some hundred bytes. It refuses what is not a socket
// itself, because a machine could put a link there.
func Dial(ctx context.Context, dir, name string) (net.Conn, error) {
	fd, err := unix.Open(filepath.Join(dir, name), unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, fmt.Errorf("%s is not a socket", name)
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", fd))
}

// Order connects to the supervisor of a machine and sends the order what.
func (k Kind) Order(ctx context.Context, dir, what string) (net.Conn, error) {
	conn, err := Dial(ctx, dir, k.File("", Socket))
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if _, err := conn.Write([]byte(what + "\n")); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	return conn, nil
}

// Await sends an order and waits until the supervisor has ended. It may have ended
// before.
func (k Kind) Await(ctx context.Context, dir, what string) error {
	conn, err := k.Order(ctx, dir, what)
	if errors.Is(err, ErrGone) {
		return k.AwaitEnd(ctx, dir)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	_, _ = io.Copy(io.Discard, conn) // until the supervisor ends
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return k.AwaitEnd(ctx, dir)
}

// AwaitEnd waits until a supervisor has released its lock, which is a moment after it
// closes its socket.
func (k Kind) AwaitEnd(ctx context.Context, dir string) error {
	for k.Alive(dir) {
		if err := Pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// AwaitControl waits until a machine that is being launched takes orders. It returns
// [machine.ErrNotFound] if the machine is not alive.
func (k Kind) AwaitControl(ctx context.Context, dir string) error {
	for k.Alive(dir) {
		conn, err := k.Order(ctx, dir, Watch)
		if err == nil {
			return conn.Close()
		}
		if err := Pause(ctx); err != nil { // the launch is another process's
			return err
		}
	}
	return machine.ErrNotFound
}

// Serve accepts orders until the listener is closed. It closes a connection when obey
// returns.
func Serve(l net.Listener, obey func(what string, conn net.Conn)) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if line, err := Line(conn); err == nil {
				obey(strings.TrimSpace(line), conn)
			}
		}()
	}
}

// Hold keeps a connection until the other side closes it, or this process ends.
func Hold(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// Line reads a short line and no byte after it.
func Line(conn net.Conn) (string, error) {
	const most = 4096
	var line []byte
	b := make([]byte, 1)
	for len(line) < most {
		if _, err := conn.Read(b); err != nil {
			return "", err
		}
		if line = append(line, b[0]); b[0] == '\n' {
			return string(line), nil
		}
	}
	return "", bufio.ErrTooLong
}
