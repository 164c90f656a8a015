package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ingot/internal/engine/instance"
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
			host, err := adopt(c.Context(), dataOf(c), s)
			if err != nil {
				return err
			}
			all, err := store.Instances(c.Context(), s.DB(), host)
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "INSTANCE\tBACKEND\tSTAGE\tSINCE\tKEPT SINCE\tIMAGE")
			for _, i := range all {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Backend, i.Stage, i.Created, cmp.Or(i.KeptSince, "-"), i.ImageARN)
			}
			return t.Flush()
		},
	}
}

// instances opens what a command needs to reach machines.
func (h *host) instances() (*instance.Host, error) {
	agent, err := agentPath("")
	if err != nil {
		return nil, err
	}
	return h.machines(agent, slog.New(slog.DiscardHandler))
}

func (h *host) findInstance(ctx context.Context, id string) (store.Instance, error) {
	all, err := store.Instances(ctx, h.store.DB(), h.id)
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
	every := c.Flags().Bool("all", false, "end all, even those of running builds")
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

// endAll ends every instance, and every machine without one.
func (h *host) endAll(ctx context.Context, machines *instance.Host) error {
	all, err := store.Instances(ctx, h.store.DB(), h.id)
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
