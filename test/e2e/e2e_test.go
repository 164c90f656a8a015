// Package e2e_test tests the main job from end to end: images built through the real AWS
// CLI, booted by a QEMU that the tests start themselves.
package e2e_test

import (
	"os"
	"testing"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
