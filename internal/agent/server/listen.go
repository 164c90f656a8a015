package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/agent/socket"
)

// Listen serves clients on a unix socket until ctx ends. Each connection has a
// conversation of its own. It replaces what is at the path.
func (s *Server) Listen(ctx context.Context, path string) error {
	l, err := socket.Listen(path)
	if err != nil {
		return err
	}
	return socket.Accept(ctx, l, func(conn net.Conn) { _ = s.Serve(ctx, conn) }) // how a client ended does not matter
}

// absent is how long the agent waits before it looks again whether the host's side of a
// port is open; the kernel does not notify it.
const absent = 100 * time.Millisecond

// Port serves one client after the other on a virtio-serial port, which stays open
// while the host's side comes and goes, until ctx ends.
func (s *Server) Port(ctx context.Context, path string) error {
	port, err := openPort(ctx, path)
	if err != nil {
		return fmt.Errorf("opening the port to the host: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = port.Close() })()
	l := &link{server: s, out: protocol.NewWriter(port)}
	go func() { _ = l.out.Send(protocol.Reply{Here: true}) }() // it blocks until the host reads
	for ctx.Err() == nil {
		err := l.serve(ctx, port)
		if !errors.Is(err, io.EOF) && !hungUp(err) && ctx.Err() == nil {
			return fmt.Errorf("reading from the port to the host: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(absent):
		}
	}
	return nil
}

// openPort waits until the system has made the port and no other agent has it open.
func openPort(ctx context.Context, path string) (*os.File, error) {
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		port, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
		if err == nil || !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.EBUSY) {
			return port, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(absent):
		}
	}
}
