// Command ingot-agent is the program that runs inside machines. It executes component
// documents and scripts for the host, which reaches it through a unix socket or a
// virtio-serial port.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"ingot/internal/agent/protocol"
	"ingot/internal/agent/server"
	"ingot/internal/agent/shell"
	"ingot/internal/agent/socket"
)

const usage = `usage:
  ingot-agent serve --socket PATH --state DIR [--shell PATH] [--after FILE]
                                                 listen on a unix socket, and for shells on another, as
                                                 soon as there is a file
  ingot-agent serve --port PATH… --state DIR     speak on virtio-serial ports, each with a --port
  ingot-agent --version
`

func main() {
	switch err := run(os.Args[1:]); {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "ingot-agent:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func run(args []string) error {
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println(version())
		return nil
	}
	if len(args) == 0 || args[0] != "serve" {
		return errUsage
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.Usage = func() {}
	socket := flags.String("socket", "", "")
	shells := flags.String("shell", "", "")
	var ports []string
	flags.Func("port", "", func(path string) error { ports = append(ports, path); return nil })
	state := flags.String("state", "", "")
	after := flags.String("after", "", "")
	if flags.Parse(args[1:]) != nil || flags.NArg() > 0 || *state == "" || (*socket == "") == (len(ports) == 0) || (*shells != "" && *socket == "") {
		return errUsage
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := await(ctx, *after); err != nil {
		return err
	}
	return serve(ctx, *socket, *shells, ports, *state)
}

// await waits until a file exists. It polls for as long as a boot may take.
func await(ctx context.Context, file string) error {
	const look = 5 * time.Millisecond
	for file != "" {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
	return nil
}

func serve(ctx context.Context, clients, shells string, ports []string, state string) error {
	s, err := server.New(server.Config{State: state, Boot: server.Boot(), Restart: server.Restart})
	if err != nil {
		return err
	}
	defer s.Close()
	all, ctx := errgroup.WithContext(ctx)
	if shells != "" { // before the agent, so that it is there when the agent is reached
		l, err := socket.Listen(shells)
		if err != nil {
			return err
		}
		all.Go(func() error { return socket.Accept(ctx, l, func(conn net.Conn) { shell.Serve(conn) }) })
	}
	if clients != "" {
		all.Go(func() error { return s.Listen(ctx, clients) })
	}
	for _, port := range ports {
		all.Go(func() error { return s.Port(ctx, port) })
	}
	return all.Wait()
}

func version() string {
	text := fmt.Sprintf("ingot-agent (protocol %d)", protocol.Version)
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		text += " " + info.Main.Version
	}
	return text
}
