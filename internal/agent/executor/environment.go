package executor

import (
	"maps"
	"os"
	"slices"
	"strings"

	"ingot/internal/agent/protocol"
)

// searchPath is PATH, as for a service of the system.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Environment returns the environment of a step or script: PATH, the host's variables for
// access to the network, and the given ones. There is no HOME, as under the service.
func Environment(given map[string]string) []string {
	env := map[string]string{"PATH": searchPath}
	for _, name := range protocol.Handed {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, given)
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

func environment(run protocol.Run, workDir string) []string {
	given := map[string]string{"WORKING_DIRECTORY": workDir}
	maps.Copy(given, run.Environment)
	return Environment(given)
}

// variable finds a variable of the run.
func (e *executor) variable(name string) (string, bool) {
	for _, pair := range e.env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}
