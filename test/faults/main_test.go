// Package faults_test tests failures of whole builds: components that misbehave, disks
// that fill up, images that do not boot, requests that must be refused.
package faults_test

import (
	"os"
	"testing"

	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
