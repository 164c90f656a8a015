package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ingot/internal/config"
	"ingot/internal/imagelog"
	"ingot/internal/store"
)

func newLogs() *cobra.Command {
	c := &cobra.Command{
		Use: "logs ARN", Short: "print the log of an image", Args: cobra.ExactArgs(1),
		Example: "  ingot logs -f arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/1",
	}
	follow := c.Flags().BoolP("follow", "f", false, "go on until the build has ended")
	c.RunE = func(c *cobra.Command, args []string) error {
		log, err := imagelog.Open(dataOf(c).Logs()).Image(args[0])
		if err != nil {
			return err
		}
		if err := imageExists(c.Context(), dataOf(c), args[0]); err != nil {
			return err
		}
		any := false
		err = log.Read(c.Context(), *follow, func(e imagelog.Entry) error {
			any = true
			return printEntry(c.OutOrStdout(), e)
		})
		if err == nil && !any {
			err = fmt.Errorf("there is no log of %s in %s", args[0], dataOf(c))
		}
		return err
	}
	return c
}

// imageExists keeps a follower from waiting for an image that was never asked for.
func imageExists(ctx context.Context, data config.Data, arn string) error {
	s, err := openStore(ctx, data)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = store.ImageByARN(ctx, s.DB(), arn)
	if errors.Is(err, store.ErrNoRows) {
		return fmt.Errorf("there is no image %s in %s; `aws imagebuilder list-images` shows all", arn, data)
	}
	return err
}

func printEntry(w io.Writer, e imagelog.Entry) error {
	source := ""
	if e.Source != "" {
		source = e.Source + ": "
	}
	_, err := fmt.Fprintf(w, "%s %s%s\n", e.Time.Format("2006-01-02T15:04:05.000Z"), source, e.Text)
	return err
}
