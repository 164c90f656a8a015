package executor

import (
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"ingot/internal/agent/osrelease"
)

// fact returns the value of `context:key` in a step.
func (e *executor) fact(u unit, key string) (string, error) {
	switch now := time.Now().UTC(); key {
	case "executionId":
		return e.Run.ID, nil
	case "accountId":
		return e.Run.AccountID, nil
	case "region":
		return e.Run.Region, nil
	case "osPlatform":
		return "linux", nil
	case "osName":
		return osrelease.Read().Name, nil
	case "osVersion":
		return osrelease.Read().Version, nil
	case "date":
		return now.Format(time.DateOnly), nil
	case "dateTime":
		return now.Format(time.RFC3339), nil
	case "uuid":
		return uuid.NewString(), nil
	case "hostname":
		return os.Hostname()
	case "phase":
		return u.phase.Name, nil
	case "step":
		return u.step.Name, nil
	}
	return "", fmt.Errorf("there is no fact %q", key)
}
