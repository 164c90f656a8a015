package qemu

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"ingot/internal/machine/supervise"
)

// kind is the kind of the supervisors of virtual machines.
var kind = supervise.Kind{
	Name: "qemu", Scope: ".qemu.", Running: granted, NoExit: "its supervisor was killed, and the virtual machine with it",
}

// Orders of a supervisor.
const (
	orderWatch     = supervise.Watch
	orderPowerdown = "powerdown" // presses the power button
	orderKill      = supervise.Kill
	orderAgent     = "agent"   // relays the agent's port
	orderSnapshot  = "freezer" // relays the agent's second port; releases know it by this name
)

// granted is what a supervisor writes when an order was carried out. For a port it does
// so when the guest listens, and the bytes of the port follow.
const granted = "ok\n"

// await waits until an order was carried out and returns the connection.
func await(ctx context.Context, dir, what string) (net.Conn, error) {
	conn, err := kind.Order(ctx, dir, what)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	line, err := supervise.Line(conn)
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
	return nil, fmt.Errorf("%w: %w", supervise.ErrGone, err)
}

// command sends an order that needs no further connection.
func command(ctx context.Context, dir, what string) error {
	conn, err := await(ctx, dir, what)
	if err != nil {
		return err
	}
	return conn.Close()
}
