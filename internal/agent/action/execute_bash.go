package action

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// executeBash joins its commands to one script, so that cd, variables and set
// carry over from one to the next, and runs it with bash.
func executeBash(ctx context.Context, call Call) ([]Output, error) {
	script, err := os.CreateTemp(call.Scratch, "script-*.sh")
	if err != nil {
		return nil, fmt.Errorf("writing the script: %w", err)
	}
	defer func() { _ = os.Remove(script.Name()) }() // the scratch folder goes with the run
	text := strings.Join(texts(call.Inputs.Get("commands")), "\n") + "\n"
	_, err = script.WriteString(text)
	if closeErr := script.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("writing the script: %w", err)
	}
	return call.child(ctx, "bash", []string{script.Name()})
}
