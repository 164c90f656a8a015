package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/agent/shell"
	"ingot/internal/machine"
	"ingot/internal/visible"
)

func newMachineShell() *cobra.Command {
	return &cobra.Command{
		Use: "shell INSTANCE", Short: "enter a machine as root", Args: cobra.ExactArgs(1),
		Long: `Enters a machine as root, through the agent in it. In a sandbox it is a login shell, on a terminal of
the machine if this is one; ctrl-] typed three times leaves it whatever it does. In a virtual machine
each line is run by /bin/sh on its own. What the machine prints reaches this terminal as it is, as with
ssh: a machine that you do not trust can send commands to your terminal.`,
		RunE: withHost(func(c *cobra.Command, h *host, args []string) error {
			i, err := h.findInstance(c.Context(), args[0])
			if err != nil {
				return err
			}
			machines, err := h.instances()
			if err != nil {
				return err
			}
			m, err := machines.Backends[i.Backend].Attach(c.Context(), i.Token)
			if err != nil {
				return fmt.Errorf("entering %s: %w", i.ID, err)
			}
			return enter(c, m)
		}),
	}
}

// sheller is a machine that can give shells.
type sheller interface {
	DialShell(context.Context) (net.Conn, error)
}

// agentTime bounds the wait for the agent. A system that never comes up starts it after
// a minute.
const agentTime = 2 * time.Minute

var errNoAgent = errors.New("the agent in the machine does not answer")

// enter starts a shell in a machine, or runs commands line by line if its agent has
// none.
func enter(c *cobra.Command, m machine.Machine) error {
	inside, ok := m.(sheller)
	if !ok {
		return lines(c.Context(), m, c.InOrStdin(), c.OutOrStdout())
	}
	agent := client.New(m.Dial)
	ctx, cancel := context.WithTimeoutCause(c.Context(), agentTime, errNoAgent)
	defer cancel()
	_, err := agent.Hello(ctx)
	agent.Close()
	if err != nil {
		return err
	}
	conn, err := inside.DialShell(ctx)
	if errors.Is(err, fs.ErrNotExist) { // the agent is of a release without shells
		return lines(c.Context(), m, c.InOrStdin(), c.OutOrStdout())
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	return converse(c.Context(), conn, os.Stdin, os.Stdout, os.Stderr)
}

// converse connects a person's files to a shell at the other end of a connection. It
// copies the bytes and does not pass the files on.
func converse(ctx context.Context, conn net.Conn, in, out, errs *os.File) error {
	p := shell.Person{In: in, Out: out, Err: errs}
	seated := ctx
	if term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd())) {
		// Each of these signals would end this process and leave the terminal raw.
		var stop context.CancelFunc
		seated, stop = signal.NotifyContext(ctx, unix.SIGHUP, unix.SIGQUIT)
		defer stop()
		restore, err := takeOver(seated, in, out, &p)
		if err != nil {
			return err
		}
		defer restore()
	}
	last, err := shell.Run(seated, conn, p)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errLeft):
		return nil
	case err != nil || last == 0:
		return err
	}
	return status(last) // of the last command typed
}

// lines runs each line that is typed through the agent.
func lines(ctx context.Context, m machine.Machine, in io.Reader, out io.Writer) error {
	agent := client.New(m.Dial)
	defer agent.Close()
	hello, err := agent.Hello(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s on %s. Each line runs on its own; ctrl-D leaves.\n# ", visible.Line(hello.OSName), visible.Line(hello.OSVersion), visible.Line(hello.Arch))
	for s := bufio.NewScanner(in); s.Scan(); {
		_, err := agent.Exec(ctx, protocol.Exec{ID: "shell-" + uuid.NewString(), Script: s.Text()}, func(e protocol.Event) {
			if e.Kind == protocol.KindLog {
				fmt.Fprintln(out, e.Text)
			}
		})
		if err != nil {
			return err
		}
		fmt.Fprint(out, "# ")
	}
	fmt.Fprintln(out)
	return nil
}
