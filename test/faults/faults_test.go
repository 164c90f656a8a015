package faults_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ingot/test/rig"
)

// fault is a harmful component with the expected result of its build.
type fault struct {
	name    string
	script  string
	timeout int    // seconds; 0: the default
	size    string // of the instance; empty: one with little memory
	status  string // of the image
	reason  string // part of the image's reason
	log     string // part of the log
}

var faults = []fault{
	{name: "fails", script: "echo the last word >&2; exit 3", status: "FAILED", reason: "exit status 3", log: "the last word"},
	{name: "hangs", script: "sleep 1000", timeout: 2, status: "FAILED", reason: "timed out after 2s"},
	{name: "fills the disk", script: "cat /dev/zero >/big", status: "FAILED", reason: "exit status", log: "No space left"},
	{name: "eats all memory", script: "tail /dev/zero", status: "FAILED", reason: "ran out of memory"},
	{name: "eats memory in files", script: "cat /dev/zero >/dev/shm/big; cat /dev/zero >/run/big; tail /dev/zero", timeout: 60, status: "FAILED"},
	{name: "forks for ever", script: "bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done", timeout: 30, size: "t3.medium", status: "FAILED", reason: "limit of 8192 processes"},
	{name: "prints a gigabyte", script: "head -c 1000000000 /dev/zero | tr '\\0' x | fold -w 200", status: "AVAILABLE"},
	{name: "replaces what runs", script: "cp /bin/sleep /opt/s; setsid /opt/s 1000 >/dev/null 2>&1 & sleep 1; rm /opt/s", status: "AVAILABLE"},
	{name: "kills the agent", script: "kill -9 $PPID; sleep 100", status: "FAILED"},
	{name: "removes programs", script: "rm -rf /usr/bin /usr/sbin; hash -r; exit 0", status: "FAILED"},
}

// TestFaults runs harmful components one after the other on one server. Each ends with
// the right reason, and earlier images are still whole.
func TestFaults(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	infrastructures := map[string]string{"": s.Infrastructure("faults", "t3.nano"), "t3.medium": s.Infrastructure("larger", "t3.medium")}
	good := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "good", Version: "1.0.0", Components: []string{
		s.Component("good", "1.0.0", rig.Script("echo good >/etc/good")),
	}}), infrastructures[""], "", false)
	s.Available(good)
	for i, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			document := rig.Script(f.script)
			if f.timeout > 0 {
				document = strings.Replace(document, "        action:", fmt.Sprintf("        timeoutSeconds: %d\n        action:", f.timeout), 1)
			}
			name := fmt.Sprintf("fault-%d", i)
			arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: name, Version: "1.0.0", Components: []string{s.Component(name, "1.0.0", document)}}), infrastructures[f.size], "", false)
			status, reason := s.Await(arn)
			log := s.Ingot("logs", arn)
			if status != f.status || !strings.Contains(reason, f.reason) || !strings.Contains(log, f.log) {
				t.Errorf("%s: %s\n%s", status, reason, rig.Tail(log, 25))
			}
			if len(log) > 32<<20 {
				t.Errorf("the log has %d bytes", len(log))
			}
			if out := s.Ingot("machine", "list"); strings.Contains(out, "i-") {
				t.Errorf("instances are left:\n%s", out)
			}
		})
	}
	s.Ingot("image", "verify")
	exportNothingDamaged(t, s, s.AMIs(good)[rig.Region])
}

// exportNothingDamaged changes a few bytes of a stored disk, whose export is then
// refused.
func exportNothingDamaged(t *testing.T, s *rig.Server, ami string) {
	t.Helper()
	digest := strings.Fields(s.Ingot("image", "verify", ami))[2]
	f, err := os.OpenFile(filepath.Join(s.Data, "pool/regions", rig.Region, strings.TrimPrefix(digest, "sha256:")+".raw"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("damage"), 1<<30)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	exported := filepath.Join(t.TempDir(), "disk.raw")
	if out, err := s.TryIngot("image", "export", ami, "-o", exported); err == nil || !strings.Contains(out, digest) {
		t.Errorf("exporting a damaged disk: %v\n%s", err, out)
	}
	if _, err := os.Stat(exported); err == nil {
		t.Error("a damaged disk was exported")
	}
}

// TestRefused sends requests that must be refused.
func TestRefused(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	component := s.Component("one", "1.0.0", rig.Script("true"))
	for _, c := range []struct {
		name   string
		recipe rig.Recipe
		want   string
	}{
		{"unknown component", rig.Recipe{Components: []string{strings.Replace(component, "/one/", "/none/", 1)}}, "ResourceNotFoundException"},
		{"unknown parameter", rig.Recipe{Components: []string{component}, Parameters: map[int]string{0: `[{"name":"Nope","value":["x"]}]`}}, "Nope"},
		{"parent not there", rig.Recipe{Components: []string{component}, Parent: "ami-0123456789abcdef0"}, "ami-0123456789abcdef0"},
	} {
		c.recipe.Name, c.recipe.Version = "refused", "1.0.0"
		out, err := s.TryRecipe(c.recipe)
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
	infrastructure := s.Infrastructure("volumes")
	for gib, want := range map[int]string{1: "smaller than snapshot .*expect size >= 2GB", 16000: "larger than the file system of .*smaller volumeSize"} {
		recipe := rig.Recipe{Name: fmt.Sprintf("volume-%d", gib), Version: "1.0.0", Components: []string{component}, VolumeGiB: gib}
		status, reason := s.Await(s.CreateImage(s.MakeRecipe(recipe), infrastructure, "", false))
		if fits, err := regexp.MatchString(want, reason); status != "FAILED" || err != nil || !fits {
			t.Errorf("a volume of %d GiB: %s: %s", gib, status, reason)
		}
	}
}
