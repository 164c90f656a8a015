package action

import (
	"context"
	"errors"
	"strings"

	"ingot/internal/agent/process"
)

// rebootStatus is the exit status by which a script or program on Linux asks for
// a restart of the machine.
const rebootStatus = 194

// child runs a program of a step and returns its outputs.
func (c Call) child(ctx context.Context, path string, args []string) ([]Output, error) {
	result, err := process.Run(ctx, process.Command{
		Path: path, Args: args, Dir: c.Dir, Env: c.Env, Line: c.Line, Started: c.Started,
	})
	if result.Cancelled && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		result.Cancelled, result.TimedOut = false, true
	}
	switch {
	case err != nil:
		return nil, err
	case result.TimedOut || result.Cancelled || result.Signal != "":
		return nil, &ExitError{Message: result.Message(c.Timeout), Stderr: result.Stderr}
	case result.Exit == rebootStatus:
		return nil, &RebootRequest{Again: true}
	case result.Exit != 0:
		return nil, &ExitError{Message: result.Message(c.Timeout), Stderr: result.Stderr}
	}
	if result.Cut {
		c.remark("only the first %d bytes of standard output are kept for later steps", len(result.Stdout))
	}
	return []Output{{"stdout": strings.TrimSuffix(strings.TrimSuffix(result.Stdout, "\n"), "\r")}}, nil
}
