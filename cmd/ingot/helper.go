package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ingot/internal/machine/freezer"
	"ingot/internal/machine/qemu"
	"ingot/internal/machine/sandbox"
)

// helpers are parts of this program that run as processes of their own: they outlive the
// server, or must not die with it.
var helpers = map[string]func(args []string) int{
	"freezer": freezer.Main,
	"sandbox": sandbox.Main,
	"qemu":    qemu.Main,
}

func newHelper() *cobra.Command {
	return &cobra.Command{
		Use: "helper NAME ARG…", Hidden: true, Args: cobra.MinimumNArgs(1), DisableFlagParsing: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(_ *cobra.Command, args []string) error {
			run, ok := helpers[args[0]]
			if !ok {
				return fmt.Errorf("there is no helper %q", args[0])
			}
			os.Exit(run(args[1:]))
			return nil
		},
	}
}

// helperCommand returns the command that runs this program as a helper.
func helperCommand() ([]string, error) {
	self, err := os.Executable()
	return []string{self, "helper"}, err
}
