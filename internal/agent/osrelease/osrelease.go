// Package osrelease reads the name and version of a Linux system.
package osrelease

import (
	"os"
	"strconv"
	"strings"
)

// Release is the part of os-release that documents and hosts use.
type Release struct {
	Name    string // NAME: "Debian GNU/Linux"
	ID      string // ID: "debian"
	Version string // VERSION_ID: "12"; empty for rolling systems
}

// Read looks where the manual os-release(5) says. A system without the file has
// no names.
func Read() Release {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if text, err := os.ReadFile(path); err == nil {
			return Parse(string(text))
		}
	}
	return Release{}
}

// Parse reads the text of an os-release file.
func Parse(text string) Release {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(key, "#") {
			values[key] = unquote(value)
		}
	}
	return Release{Name: values["NAME"], ID: values["ID"], Version: values["VERSION_ID"]}
}

// unquote removes the quotes of a shell assignment.
func unquote(value string) string {
	if text, err := strconv.Unquote(value); err == nil {
		return text
	}
	return strings.Trim(value, "'\"")
}
