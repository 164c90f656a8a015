// Package script_test runs the real programs from text files: commands, and what
// they must say.
package script_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestScripts(t *testing.T) { run(t, "testdata") }

// TestSweep runs beside no other script. Its host has a mount namespace of its own, which
// holds a copy of every mount that it finds: the pool of another script's server would
// stay mounted in it.
func TestSweep(t *testing.T) { run(t, "testdata/sweep") }

func run(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			e.Setenv("BIN", rig.Bin(t))
			e.Setenv("PATH", rig.Bin(t)+":"+e.Getenv("PATH")+":/usr/sbin:/sbin")
			data := filepath.Join(e.WorkDir, "data")
			before := rig.Leftovers(data, nil)
			e.Defer(func() {
				if left := rig.Leftovers(data, before); len(left) > 0 {
					t.Errorf("left over: %q", left)
				}
			})
			return os.Chmod(e.WorkDir, 0o755) // for commands that run as another user
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": await},
	})
}

// startTime bounds how long a server may take to get ready on a busy host.
const startTime = 2 * time.Minute

// await waits until a file is there: a server says so when it is ready.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	for end := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}
