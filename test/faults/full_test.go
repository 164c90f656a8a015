package faults_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"ingot/test/rig"
)

// fullTime is how long the disk stays full under a build that would have ended by then.
// There is no event when a disk is emptied, and nothing to wait for.
const fullTime = 10 * time.Second

// TestOuterDiskFull has the data directory on a disk that others fill: before a build,
// which is then refused with a sentence, and to its last byte in the middle of one.
// Earlier images keep their digests, and builds run when there is space again.
func TestOuterDiskFull(t *testing.T) {
	rig.NeedAWS(t)
	disk := rig.SmallDisk(t, 10<<10)
	s := rig.NewIn(t, disk)
	infrastructure := s.Infrastructure("full")
	build := func(name, line string) string {
		return s.CreateImage(s.MakeRecipe(rig.Recipe{Name: name, Version: "1.0.0", Components: []string{s.Component(name, "1.0.0", rig.Script(line))}}), infrastructure, "", false)
	}
	good := build("good", "echo good >/etc/good")
	s.Available(good)

	filler := rig.Fill(t, disk, 100)
	late := build("late", "true")
	if status, reason := s.Await(late); status != "FAILED" || !strings.Contains(reason, "too little space") || !strings.Contains(reason, "ingot prune") {
		t.Errorf("a build on a full disk is %s: %s", status, reason)
	}
	s.Ingot("image", "verify")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}

	caught := build("caught", "echo here; sleep 4; head -c 50000000 /dev/urandom >/etc/random; sync")
	s.LogLine(caught, "here")
	filler = rig.Fill(t, disk, 0)
	time.Sleep(fullTime)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if status, reason := s.Await(caught); status != "AVAILABLE" && (status != "FAILED" || reason == "") {
		t.Errorf("a build caught by a full disk is %s: %s", status, reason)
	}
	s.Ingot("image", "verify")
	s.Available(build("after", "echo after >/etc/after"))
	s.Ingot("image", "verify")
}
