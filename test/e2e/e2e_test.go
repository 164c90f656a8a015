// Package e2e_test holds the main job to what it promises: images built through
// the real AWS CLI, booted by a QEMU that the tests start themselves.
package e2e_test

import (
	"os"
	"testing"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
