package action

import (
	"fmt"
	"os"
	"strings"

	"ingot/internal/document/component"
)

// deleteFile deletes a file or the files that a wildcard matches. A plain path that does
// not exist is a failure; a wildcard that matches nothing is not.
func deleteFile(call Call, in component.Value) error {
	text := in.Get("path").Text
	paths, err := call.match(strings.TrimRight(text, "/"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return fmt.Errorf("%s is a folder; DeleteFile deletes files", path)
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
