package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"text/tabwriter"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/engine/instance"
	"ingot/internal/machine"
	"ingot/internal/store"
)

func newMachine() *cobra.Command {
	c := &cobra.Command{Use: "machine", Short: "build and test instances on this host, those kept after a failure too"}
	c.AddCommand(newMachineList(), newMachineShell(), newMachineEnd())
	return c
}

func newMachineList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the instances", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := openStore(c.Context(), dataOf(c))
			if err != nil {
				return err
			}
			defer s.Close()
			all, err := store.Instances(c.Context(), s.DB())
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "INSTANCE\tBACKEND\tSTAGE\tSINCE\tIMAGE")
			for _, i := range all {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", i.ID, i.Backend, i.Stage, i.Created, i.ImageARN)
			}
			return t.Flush()
		},
	}
}

// instances opens what is needed to reach machines from beside the server.
func (h *host) instances() (*instance.Host, error) {
	agent, err := agentPath("")
	if err != nil {
		return nil, err
	}
	return h.machines(agent, slog.New(slog.DiscardHandler))
}

func (h *host) findInstance(ctx context.Context, id string) (store.Instance, error) {
	all, err := store.Instances(ctx, h.store.DB())
	if err != nil {
		return store.Instance{}, err
	}
	for _, i := range all {
		if i.ID == id {
			return i, nil
		}
	}
	return store.Instance{}, fmt.Errorf("there is no instance %s; `ingot machine list` shows all", id)
}

func newMachineEnd() *cobra.Command {
	c := &cobra.Command{Use: "end INSTANCE…", Short: "end instances and remove their disks"}
	every := c.Flags().Bool("all", false, "end all, those of builds under way too")
	c.RunE = withHost(func(c *cobra.Command, h *host, args []string) error {
		if len(args) == 0 && !*every {
			return errors.New("name the instances, or give --all; `ingot machine list` shows them")
		}
		machines, err := h.instances()
		if err != nil {
			return err
		}
		if *every {
			return h.endAll(c.Context(), machines)
		}
		for _, id := range args {
			i, err := h.findInstance(c.Context(), id)
			if err != nil {
				return err
			}
			if err := machines.Terminate(c.Context(), i.Account, i.Region, i.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// endAll ends every instance, and every machine that has none.
func (h *host) endAll(ctx context.Context, machines *instance.Host) error {
	all, err := store.Instances(ctx, h.store.DB())
	if err != nil {
		return err
	}
	var faults []error
	for _, i := range all {
		faults = append(faults, machines.Terminate(ctx, i.Account, i.Region, i.ID))
	}
	for _, b := range machines.Backends {
		tokens, err := b.Tokens(ctx)
		faults = append(faults, err)
		for _, token := range tokens {
			faults = append(faults, b.Destroy(ctx, token))
		}
	}
	return errors.Join(faults...)
}

func newMachineShell() *cobra.Command {
	return &cobra.Command{
		Use: "shell INSTANCE", Short: "enter a machine as root", Args: cobra.ExactArgs(1),
		Long: `Enters a machine as root. In a sandbox it is a login shell on this terminal. In a virtual machine
each line is run by /bin/sh on its own, through the agent.`,
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
			if inside, ok := m.(enterable); ok {
				return enter(c.Context(), inside)
			}
			return lines(c.Context(), m, c.InOrStdin(), c.OutOrStdout())
		}),
	}
}

// enterable is the power of a machine to be entered from the host by a command.
type enterable interface {
	Enter() (argv []string, err error)
}

func enter(ctx context.Context, m enterable) error {
	argv, err := m.Enter()
	if err != nil {
		return err
	}
	shell := exec.CommandContext(ctx, argv[0], argv[1:]...)
	shell.Stdin, shell.Stdout, shell.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = shell.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return status(exit.ExitCode()) // of the last command typed
	}
	return errors.Join(ctx.Err(), err)
}

// lines runs what is typed through the agent, line by line.
func lines(ctx context.Context, m machine.Machine, in io.Reader, out io.Writer) error {
	agent := client.New(m.Dial)
	defer agent.Close()
	hello, err := agent.Hello(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s on %s. Each line runs on its own; ctrl-D leaves.\n# ", hello.OSName, hello.OSVersion, hello.Arch)
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
