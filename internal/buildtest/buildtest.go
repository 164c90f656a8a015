// Package buildtest builds the programs that tests start, and makes what they
// depend on inputs of those tests.
//
// The go command replays the result of a package's tests when their inputs are
// unchanged. Inputs are the package's own sources, the files within the module that
// a test opens or examines, and the environment variables that it reads. A program
// that a test builds and starts is none of these: without this package its tests
// would be replayed after its sources have changed.
//
// Two kinds of inputs are declared here:
//
//   - the sources of a program, by examining each of them;
//   - the host: the versions of what machines run on, which scripts/test.sh puts into
//     the variable INGOT_TEST_HOST.
package buildtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Host is the environment variable that describes the host to tests.
const Host = "INGOT_TEST_HOST"

// Build builds the program cmd/NAME of this module into the folder dir, with flags of
// go build. It may be called before the tests run; a test that uses the program also
// calls [Depend].
func Build(dir, name string, flags ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-o", filepath.Join(dir, name)}, flags...)
	c := exec.Command("go", append(args, "ingot/cmd/"+name)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0") // the agent must be static; the rest shares its packages
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return nil
}

// Depend makes the sources of the programs, and the host, inputs of the running test.
// It must be called while a test runs: the go command does not see what happened
// before.
func Depend(t testing.TB, programs ...string) {
	t.Helper()
	_ = os.Getenv(Host)
	for _, name := range programs {
		files, err := Sources(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// listed is the template for go list: the files of each package of this module.
const listed = `{{with .Module}}{{if .Main}}{{$d := $.Dir}}{{range $.GoFiles}}{{$d}}/{{.}}
{{end}}{{range $.EmbedFiles}}{{$d}}/{{.}}
{{end}}{{.GoMod}}
{{end}}{{end}}`

// Sources lists the files of this module from which the program cmd/NAME is built.
func Sources(name string) ([]string, error) {
	c := exec.Command("go", "list", "-deps", "-f", listed, "ingot/cmd/"+name)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the sources of %s: %w", name, err)
	}
	files := strings.Fields(string(out))
	if len(files) == 0 {
		return nil, fmt.Errorf("the program %s has no sources in this module", name)
	}
	return files, nil
}
