package action

import (
	"context"
	"fmt"
	"os"
	"time"

	"ingot/internal/agent/process"
	"ingot/internal/document/component"
)

// reboot requests a restart in delaySeconds, after which the document continues with the
// next step.
func reboot(ctx context.Context, call Call) ([]Output, error) {
	if os.Geteuid() != 0 {
		return nil, errNotRoot
	}
	delay := call.Inputs.Get("delaySeconds")
	if delay.Kind == component.Absent {
		return nil, &RebootRequest{}
	}
	seconds, ok := component.ParseInt(delay.Text)
	if !ok || seconds < 0 || seconds > int(maxDelay/time.Second) {
		return nil, fmt.Errorf("delaySeconds must be an integer from 0 to %d, it is %q", int(maxDelay/time.Second), delay.Text)
	}
	if seconds > 0 {
		call.remark("restarting in %d seconds", seconds)
	}
	timer := time.NewTimer(time.Duration(seconds) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil, &RebootRequest{}
	case <-ctx.Done():
		return nil, &ExitError{Message: process.Result{Cancelled: true}.Message(0)}
	}
}

// maxDelay bounds the wait before a restart: a longer one is a mistake.
const maxDelay = 24 * time.Hour
