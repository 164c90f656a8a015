package e2e_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/test/rig"
)

var (
	kills = flag.Int("kills", 10, "how often TestKilled kills the server")
	seed  = flag.Uint64("seed", 0, "of the moments; 0 takes one from the clock")
)

// TestKilled kills the server without a word at random moments of one build, two of
// them while the image is tested and one between freeze and thaw. The image comes
// out as if nothing had happened.
func TestKilled(t *testing.T) {
	rig.NeedAWS(t)
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 1))
	s := rig.New(t)
	components, infrastructure, distribution := makeJob(t, s)
	recipe := jobRecipe(components, "1.0.0")
	recipe.Tags = map[string]string{"ingot:cache": "off"}
	made := s.MakeRecipe(recipe)
	undisturbed := s.CreateImage(made, infrastructure, distribution, false)
	s.Available(undisturbed)
	arn := s.CreateImage(made, infrastructure, distribution, true)
	s.KillWhen("freezing", func() bool { return freezing(s.Data) })
	for i := 1; i < *kills-2; i++ {
		moment := time.Duration(random.IntN(2500)) * time.Millisecond
		s.KillAfter(moment)
	}
	for range 2 {
		s.KillWhen("TESTING", func() bool {
			status, _ := s.State(arn)
			return status != "CREATING" && status != "BUILDING" && status != "PENDING"
		})
	}
	s.Available(arn)
	if amis := s.AMIs(arn); len(amis) != 2 {
		t.Errorf("machine images %v", amis)
	}
	images := s.AWS("imagebuilder", "list-image-build-versions", "--image-version-arn", arn[:strings.LastIndex(arn, "/")])["imageSummaryList"].([]any)
	if len(images) != 2 {
		t.Errorf("%d images: %v", len(images), images)
	}
	sameFiles(t, s, undisturbed, arn)
	if out := s.Ingot("machine", "list"); strings.Contains(out, "i-") {
		t.Errorf("instances are left:\n%s", out)
	}
	for _, folder := range []string{"machines", "tmp"} {
		if left, _ := filepath.Glob(filepath.Join(s.Data, "pool", folder, "*")); len(left) > 0 {
			t.Errorf("left in the pool: %v", left)
		}
	}
}

// freezing says whether a freezer of the server is at work.
func freezing(data string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range all {
		if line, err := os.ReadFile(f); err == nil && strings.Contains(string(line), "freezer") && strings.Contains(string(line), data) {
			return true
		}
	}
	return false
}

// TestStopped ends the server in order in the middle of a build.
func TestStopped(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "one", Version: "1.0.0", Components: []string{
		s.Component("slow", "1.0.0", rig.Script("for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done; echo done >/etc/slow")),
	}}), s.Infrastructure("one"), "", false)
	s.LogLine(arn, "step running")
	s.Kill(unix.SIGTERM)
	s.Start()
	s.Available(arn)
	out := s.Ingot("logs", arn)
	if begun, again := strings.Count(out, "ExecuteComponents begins"), strings.Count(out, "ExecuteComponents goes on after a restart"); begun != 1 || again != 1 {
		t.Errorf("the log says %d times that the step begins and %d times that it goes on:\n%s", begun, again, out)
	}
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		if strings.Count(out, "Only: "+n+"\n") != 1 {
			t.Errorf("line %s is there %d times:\n%s", n, strings.Count(out, "Only: "+n+"\n"), out)
		}
	}
}
