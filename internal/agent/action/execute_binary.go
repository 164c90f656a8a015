package action

import (
	"context"
	"strings"
)

// executeBinary runs a program without a shell. A path without a separator is
// searched in PATH.
func executeBinary(ctx context.Context, call Call) ([]Output, error) {
	path := call.Inputs.Get("path").Text
	if strings.Contains(path, "/") {
		path = call.path(path)
	}
	return call.child(ctx, path, texts(call.Inputs.Get("arguments")))
}
