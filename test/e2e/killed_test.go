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

// TestKilled kills the server at random moments of builds, two of them while an image is
// tested and one between freeze and thaw. The images are the same as without kills. A
// kill counts if a build was running: another build follows one that has ended.
func TestKilled(t *testing.T) {
	rig.NeedAWS(t)
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 1))
	s := rig.New(t, "--machine", "sandbox") // whose disk is frozen by a process that can be seen
	components, infrastructure, distribution := makeJob(t, s)
	recipe := jobRecipe(components, "1.0.0")
	recipe.Tags = map[string]string{"ingot:cache": "off"}
	made := s.MakeRecipe(recipe)
	undisturbed := s.CreateImage(made, infrastructure, distribution, false)
	s.Available(undisturbed)
	k := &killing{t: t, s: s, start: func() string { return s.CreateImage(made, infrastructure, distribution, true) }}
	k.builds = []string{k.start()}
	k.kill(func() { s.KillWhen("freezing", func() bool { return freezing(s.Data) }) })
	for tries := 3 * *kills; k.met < *kills-2 && tries > 0; tries-- {
		k.kill(func() { s.KillAfter(time.Duration(random.IntN(2500)) * time.Millisecond) })
	}
	for range 2 {
		k.kill(func() { s.KillWhen("TESTING", func() bool { return k.status() == "TESTING" }) })
	}
	if t.Logf("%d kills met one of %d builds", k.met, len(k.builds)); k.met < *kills {
		t.Errorf("only %d kills met a build, want %d", k.met, *kills)
	}
	for _, arn := range k.builds {
		s.Available(arn)
		if amis := s.AMIs(arn); len(amis) != 2 {
			t.Errorf("machine images %v", amis)
		}
		sameFiles(t, s, undisturbed, arn)
	}
	arn := k.builds[0]
	images := s.AWS("imagebuilder", "list-image-build-versions", "--image-version-arn", arn[:strings.LastIndex(arn, "/")])["imageSummaryList"].([]any)
	if len(images) != 1+len(k.builds) {
		t.Errorf("%d images: %v", len(images), images)
	}
	if out := s.Ingot("machine", "list"); strings.Contains(out, "i-") {
		t.Errorf("instances are left:\n%s", out)
	}
	for _, folder := range []string{"machines", "tmp"} {
		if left, _ := filepath.Glob(filepath.Join(s.Data, "pool", folder, "*")); len(left) > 0 {
			t.Errorf("left in the pool: %v", left)
		}
	}
}

// killing kills the server while one of its builds runs.
type killing struct {
	t      *testing.T
	s      *rig.Server
	start  func() string
	builds []string // ARNs
	met    int      // kills after which the build had not ended
}

func (k *killing) status() string {
	status, _ := k.s.State(k.builds[len(k.builds)-1])
	return status
}

// kill kills the server once, and begins another build if the last one had ended.
func (k *killing) kill(do func()) {
	k.t.Helper()
	do()
	if k.status() == "AVAILABLE" {
		k.builds = append(k.builds, k.start())
		return
	}
	k.met++
}

// freezing reports whether a freezer of the server runs.
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
