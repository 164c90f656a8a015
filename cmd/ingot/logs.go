package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ingot"
	"ingot/internal/config"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

func newLogs() *cobra.Command {
	c := &cobra.Command{
		Use: "logs ARN", Short: "print the log of an image", Args: cobra.ExactArgs(1),
		Example: "  ingot logs -f arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/1",
		Long: `Prints the log of an image. Each line begins with its time and its source: [server],
[component NAME], [script NAME] for a script of Ingot's own inside the machine, or [console].
Characters that a terminal would take for a command are made visible, as in ^[ for escape.`,
	}
	follow := c.Flags().BoolP("follow", "f", false, "go on until the build has ended")
	last := c.Flags().IntP("lines", "n", -1, "begin with the last so many entries (default all)")
	raw := c.Flags().Bool("raw", false, "print texts as they came, with which a guest can control a terminal")
	c.RunE = func(c *cobra.Command, args []string) error {
		log, err := imagelog.Open(dataOf(c).Logs()).Image(args[0])
		if err != nil {
			return err
		}
		s, err := openStore(c.Context(), dataOf(c))
		if err != nil {
			return err
		}
		defer s.Close()
		if err := imageExists(c.Context(), s, dataOf(c), args[0]); err != nil {
			return err
		}
		begin, err := beginning(log, *last)
		if err != nil {
			return err
		}
		any := *last >= 0
		show := func(e imagelog.Entry) error {
			any = true
			return printEntry(c.OutOrStdout(), e, *raw)
		}
		if *follow {
			err = log.Follow(c.Context(), begin, ended(s, args[0]), show)
		} else {
			_, err = log.ReadFrom(begin, show)
		}
		if err != nil || any {
			return err
		}
		return noLog(c.Context(), s, dataOf(c), args[0])
	}
	return c
}

// beginning returns the offset of the last n entries; a negative n means all.
func beginning(log *imagelog.Log, n int) (int64, error) {
	if n < 0 {
		return 0, nil
	}
	return log.Last(n)
}

// noLog returns the reason why an image has no log.
func noLog(ctx context.Context, s *store.Store, data config.Data, arn string) error {
	over, err := ended(s, arn)(ctx)
	if err == nil && !over {
		return fmt.Errorf("there is no log of %s yet, because it waits for its turn; `ingot logs -f` waits too", arn)
	}
	return errors.Join(err, fmt.Errorf("there is no log of %s in %s", arn, data))
}

// imageExists returns an error for an image that does not exist, for which a follower
// would wait for ever.
func imageExists(ctx context.Context, s *store.Store, data config.Data, arn string) error {
	_, err := store.ImageByARN(ctx, s.DB(), arn)
	if errors.Is(err, store.ErrNoRows) {
		return fmt.Errorf("there is no image %s in %s; `aws imagebuilder list-images` shows all", arn, data)
	}
	return err
}

// ended returns a function that reports whether an image has ended.
func ended(s *store.Store, arn string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		image, err := store.ImageByARN(ctx, s.DB(), arn)
		if errors.Is(err, store.ErrNoRows) {
			return true, nil
		}
		return err == nil && ingot.Status(image.State.Status).Terminal(), err
	}
}

func printEntry(w io.Writer, e imagelog.Entry, raw bool) error {
	lines := e.Lines()
	if raw {
		lines = []string{e.Head() + e.Text}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}
