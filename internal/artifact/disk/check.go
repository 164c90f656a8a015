package disk

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Check looks for damage in the file systems of a disk that nothing uses. A disk
// that passes can be built on; one that only needs its journal played passes too.
func Check(ctx context.Context, path string) error {
	l, err := Read(path)
	if err != nil {
		return err
	}
	for _, p := range []*Partition{&l.Root, l.Boot} {
		if p == nil {
			continue
		}
		// -n opens read-only and answers no to everything.
		_, err := tool(ctx, "", "e2fsck", "-fn", fmt.Sprintf("%s?offset=%d", path, p.Start))
		if err != nil {
			return fmt.Errorf("the file system of partition %d is damaged: %w", p.Number, err)
		}
	}
	return nil
}

// repair plays the journal and mends what can be mended without asking.
func repair(ctx context.Context, device string) error {
	out, err := tool(ctx, "", "e2fsck", "-fp", device)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil // mended
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
