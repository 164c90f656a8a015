// Command ingot is EC2 Image Builder that you own: one program that speaks the
// same API and really builds, tests and distributes machine images.
//
// Every command opens what it needs and calls one package.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"ingot/internal/config"
	"ingot/internal/visible"
)

// version is set when the program is built.
var version = "unknown"

// Exit statuses.
const (
	exitFailed      = 1
	exitInterrupted = 130
)

// systemPath has the tools for file systems and networks. It is not in the PATH of a
// plain user, nor after su.
const systemPath = ":/usr/local/sbin:/usr/sbin:/sbin"

func main() {
	os.Setenv("PATH", os.Getenv("PATH")+systemPath)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newRoot().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		stop()
		os.Exit(exitInterrupted)
	}
	stop()
	exit := status(exitFailed)
	if !errors.As(err, &exit) || err.Error() != exit.Error() { // something else failed too
		fmt.Fprintln(os.Stderr, "ingot:", visible.Text(err.Error())) // tools quote texts of foreign disks
	}
	os.Exit(int(exit))
}

// status is the exit status of a program that a command ran for its user, who has seen
// its output.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// newRoot makes the tree of commands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "ingot", Short: "EC2 Image Builder that you own", Version: version,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return config.Fill(c.Flags(), configFile(c)) },
	}
	root.PersistentFlags().String("config", os.Getenv(config.Variable("config")), "YAML file with settings, by the names of flags (default "+config.DefaultFile+" if it exists)")
	root.PersistentFlags().String("data", config.DefaultData(), "folder with everything that Ingot keeps")
	root.AddCommand(newServe(), newEnv(), newKey(), newImage(), newLogs(), newMachine(), newPrune(), newDoctor(), newDemo(), newHelper())
	for _, c := range root.Commands() {
		refuseOthers(c)
	}
	return root
}

// refuseOthers makes a command that only groups others fail for an unknown subcommand;
// cobra would print its help and report success.
func refuseOthers(c *cobra.Command) {
	if !c.HasSubCommands() || c.Runnable() {
		return
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return fmt.Errorf("there is no command %q; `%s --help` lists them", c.CommandPath()+" "+args[0], c.CommandPath())
	}
}

func configFile(c *cobra.Command) string { return c.Flag("config").Value.String() }

func dataOf(c *cobra.Command) config.Data { return config.Data(c.Flag("data").Value.String()) }
