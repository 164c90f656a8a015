package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
)

// Orders that a supervisor takes as the first line of a connection. Every
// connection stays open until the supervisor has ended.
const (
	orderWatch = "watch" // does nothing
	orderStop  = "stop"  // powers the machine off in order
	orderKill  = "kill"  // ends it at once
)

// errGone says that no supervisor answers.
var errGone = errors.New("the supervisor of the machine is gone")

// dialIn connects to a socket in a folder. A path of a socket is limited to some
// hundred bytes, so it is reached through a descriptor; what is not a socket itself
// is refused, because a machine could put a link there.
func dialIn(ctx context.Context, dir, name string) (net.Conn, error) {
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
		return nil, fmt.Errorf("%s is no socket", name)
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", fd))
}

// order connects to the supervisor and says what for.
func order(ctx context.Context, dir, what string) (net.Conn, error) {
	conn, err := dialIn(ctx, dir, socketFile)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	if _, err := conn.Write([]byte(what + "\n")); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	return conn, nil
}

// await gives an order and waits until the supervisor has ended, which it may have
// before.
func await(ctx context.Context, dir, what string) error {
	conn, err := order(ctx, dir, what)
	if errors.Is(err, errGone) {
		return awaitUnlocked(ctx, dir)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		if _, err := bufio.NewReader(conn).ReadByte(); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return awaitUnlocked(ctx, dir)
}

// awaitUnlocked waits for the very end of a supervisor, which lets go of its lock
// a moment after its socket.
func awaitUnlocked(ctx context.Context, dir string) error {
	for alive(dir) {
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// awaitControl waits until a machine that is being launched takes orders. One that
// does not live gives machine.ErrNotFound.
func awaitControl(ctx context.Context, dir string) error {
	for alive(dir) {
		conn, err := order(ctx, dir, orderWatch)
		if err == nil {
			return conn.Close()
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return machine.ErrNotFound
}

// pause waits a moment for something that tells nobody when it happens.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}
