package faults_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/test/rig"
)

// breakBootloader leaves the parent's first sector and empties the next stage of the
// bootloader. A sandbox has no disk to write to; because the step touches /boot, it is
// run again on a virtual machine, which has one. It touches the menu last, so that the
// menu is not made anew for the files in /boot.
const breakBootloader = `set -e
%s
echo broken >/boot/broken
[ ! -b /dev/vda1 ] || dd if=/dev/zero of=/dev/vda1 bs=1M count=1 oflag=direct
touch /boot/grub/grub.cfg`

// TestBrokenBootloader builds an image that does not boot. Its test ends within the set
// time, and the log has the last lines of the console. On the virtual machine a component
// leaves a device node of the host.
func TestBrokenBootloader(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	node := leave(t)
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "broken", Version: "1.0.0", Components: []string{
		s.Component("broken", "1.0.0", rig.Script(fmt.Sprintf(breakBootloader, node.make))),
		s.Component("opens", "1.0.0", rig.Script(node.open)),
	}}), s.Infrastructure("broken"), "", true)
	s.LogLine(arn, "TESTING")
	s.Kill(unix.SIGTERM)
	s.Start("--boot-time", "20s") // too short for what must boot
	status, reason := s.Await(arn)
	log := s.Ingot("logs", arn)
	if status != "FAILED" || !strings.Contains(reason, "timed out") || !strings.Contains(log, "last screen of the console") || !strings.Contains(log, "Booting from Hard Disk") {
		t.Errorf("%s: %s\n%s", status, reason, rig.Tail(log, 25))
	}
	node.check(t, log)
	if amis, err := s.TryAWS("ec2", "describe-images", "--owners", "self"); err != nil || strings.Contains(amis, "ami-") {
		t.Errorf("an image that does not boot can be seen: %v\n%s", err, amis)
	}
}
