package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lookPath finds a program as a shell with this environment would: a name
// without a slash through PATH.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	search := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			search = v // the last one counts, as in a shell
		}
	}
	if path, ok := Find(name, search); ok {
		return path, nil
	}
	return "", fmt.Errorf("%q is not in PATH (%s)", name, search)
}

// Find looks for an executable file of this name in the folders of search, a
// list with colons.
func Find(name, search string) (string, bool) {
	if name == "" {
		return "", false
	}
	for _, dir := range filepath.SplitList(search) {
		if dir == "" {
			dir = "."
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, true
		}
	}
	return "", false
}
