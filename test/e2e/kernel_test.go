package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"ingot/test/rig"
)

// otherKernel is newer than the parent's in the order of versions, so that each of
// its packages' hooks must choose it.
const otherKernel = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends linux-image-rt-amd64`

// TestKernelUpgrade installs another kernel from its packages: the step is run again
// on a virtual machine, and the image boots that kernel under both firmwares.
func TestKernelUpgrade(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "kernel", Version: "1.0.0", VolumeGiB: 4, Components: []string{
		s.Component("kernel", "1.0.0", script(otherKernel)),
	}}), s.Infrastructure("kernel", false, nil), "", false)
	s.Available(arn)
	if _, why := s.Report(arn); !strings.Contains(strings.Join(why, "\n"), "kernels or bootloader") {
		t.Errorf("%q", why)
	}
	raw := filepath.Join(s.Data, "exported.raw")
	s.Ingot("image", "export", s.AMIs(arn)[rig.Region], "--format", "raw", "-o", raw)
	for _, firmware := range []string{"bios", "uefi"} {
		t.Run(firmware, func(t *testing.T) {
			out := rig.Boot(t, raw, "raw", firmware).Run("uname -r; systemctl is-system-running --wait; systemctl --failed --no-legend")
			if !strings.Contains(out, "-rt-amd64") || !strings.Contains(out, "running") {
				t.Errorf("booted:\n%s", out)
			}
		})
	}
}
