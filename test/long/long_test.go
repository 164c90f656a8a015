// Package long_test has whole builds that take minutes and test what seldom changes: that
// disks of every layout boot. `make test` runs them when their sources have changed
// (scripts/test-long.sh), and `make test-long` always.
package long_test

import (
	"os"
	"testing"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
