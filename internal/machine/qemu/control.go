package qemu

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
)

// Orders that a supervisor takes as the first line of a connection.
const (
	orderWatch     = "watch"     // stays open until the machine has ended
	orderPowerdown = "powerdown" // presses the power button
	orderKill      = "kill"      // ends QEMU at once
	orderAgent     = "agent"     // relays the agent's port
	orderFreezer   = "freezer"   // relays the agent's second port
)

// granted is what a supervisor says when an order was carried out. On a port it
// comes when the guest listens, and the bytes of the port follow it.
const granted = "ok\n"

// errGone says that no supervisor answers.
var errGone = errors.New("the supervisor of the machine is gone")

// order connects to the control socket and says what for.
func order(ctx context.Context, dir, what string) (net.Conn, error) {
	// A path of a socket is limited to some hundred bytes, so the folder is reached
	// through a descriptor.
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	defer unix.Close(fd)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", fd, socketFile))
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

// await waits until an order was carried out and gives the connection.
func await(ctx context.Context, dir, what string) (net.Conn, error) {
	conn, err := order(ctx, dir, what)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	line, err := readLine(conn)
	if !stop() {
		conn.Close()
		return nil, context.Cause(ctx)
	}
	if err == nil && line == granted {
		return conn, nil
	}
	conn.Close()
	if err == nil {
		return nil, errors.New(strings.TrimSpace(line))
	}
	return nil, fmt.Errorf("%w: %w", errGone, err)
}

// command carries out an order that has no more to say.
func command(ctx context.Context, dir, what string) error {
	conn, err := await(ctx, dir, what)
	if err != nil {
		return err
	}
	return conn.Close()
}

// readLine reads a short line and not a byte more.
func readLine(conn net.Conn) (string, error) {
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

// awaitControl waits until a machine that is being launched takes orders. One that
// does not live gives machine.ErrNotFound.
func awaitControl(ctx context.Context, dir string) error {
	for {
		if !alive(dir) {
			return machine.ErrNotFound
		}
		conn, err := order(ctx, dir, orderWatch)
		if err == nil {
			return conn.Close()
		}
		if err := pause(ctx); err != nil { // the launch is another process's
			return err
		}
	}
}

// pause waits a moment for something that tells nobody when it happens.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
