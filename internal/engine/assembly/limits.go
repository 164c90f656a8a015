package assembly

import (
	"errors"
	"fmt"

	"ingot/internal/engine/command"
	"ingot/internal/machine"
)

// withMemory adds to the error of a failed component that its machine ran out of memory.
func (b *assembly) withMemory(err error) error {
	var failed *command.Failure
	teller, ok := b.live.Machine.(machine.MemoryTeller)
	if !ok || !errors.As(err, &failed) || !teller.OutOfMemory() {
		return err
	}
	return fmt.Errorf("%w; a process was killed because the instance ran out of memory (%d MiB): a larger instance type has more", err, b.live.Launch.Size.MemoryMiB)
}

// withTasks adds to the error of a failed component that its machine could start no more
// processes.
func (b *assembly) withTasks(err error) error {
	var failed *command.Failure
	teller, ok := b.live.Machine.(machine.TaskTeller)
	if !ok || !errors.As(err, &failed) {
		return err
	}
	if limit := teller.OutOfTasks(); limit > 0 {
		return fmt.Errorf("%w; the instance came to its limit of %d processes and threads", err, limit)
	}
	return err
}
