// Package long_test holds whole builds that take minutes and look at one thing that
// seldom changes: how disks of every layout boot. `make test` runs them when their
// sources have changed (scripts/test-long.sh), and `make test-long` always.
package long_test

import (
	"os"
	"testing"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
