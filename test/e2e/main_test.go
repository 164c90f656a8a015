package e2e_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/demo"
	"ingot/test/e2e/tree"
	"ingot/test/rig"
)

const greeting = "Hello" // of the demo's page

// makeJob makes the demo's three components and its configurations.
func makeJob(t *testing.T, s *rig.Server) (components []string, infrastructure, distribution string) {
	t.Helper()
	for _, name := range []string{"web", "harden", "stamp"} {
		components = append(components, s.Component(name, "1.0.0", rig.DemoComponent(t, name, "1.0.0")))
	}
	return components, s.Infrastructure("job"), s.Distribution("job")
}

func jobRecipe(components []string, version string) rig.Recipe {
	return rig.Recipe{
		Name: "job", Version: version, Components: components, VolumeGiB: 4, WorkDir: "/var/tmp/build",
		Parameters: map[int]string{0: `[{"name":"Greeting","value":["` + greeting + `"]}]`},
	}
}

// TestMainJob runs the demo as `make demo` does, then the same job through the AWS CLI,
// and checks the results of both. One server and few boots serve all checks.
func TestMainJob(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	first, second := runDemo(t, s)
	t.Run("Executions", func(t *testing.T) { checkExecutions(t, s, first.Image) })
	amis := runJob(t, s)
	t.Run("Permissions", func(t *testing.T) { checkPermissions(t, s, amis) })
	raw := filepath.Join(s.Data, "exported.raw")
	qcow2 := filepath.Join(s.Data, "exported.qcow2")
	s.Ingot("image", "export", amis[rig.Region], "--format", "raw", "-o", raw)
	s.Ingot("image", "export", amis[rig.SecondRegion], "--format", "qcow2", "-o", qcow2)
	t.Run("NoAgent", func(t *testing.T) { checkNoAgent(t, raw) })
	t.Run("Boots", func(t *testing.T) { checkBoots(t, raw, qcow2) })
	t.Run("Cached", func(t *testing.T) { checkCached(t, s, second) })
	t.Run("Regions", func(t *testing.T) { checkRegions(t, s, amis) })
}

// runJob does the demo's job through the AWS CLI, each call in a process of its own, and
// returns the machine images by region. Its steps are those of the demo, so they come
// from the cache.
func runJob(t *testing.T, s *rig.Server) (amis map[string]string) {
	t.Helper()
	s.OwnProcesses = true
	defer func() { s.OwnProcesses = false }()
	components, infrastructure, distribution := makeJob(t, s)
	recipe := s.MakeRecipe(jobRecipe(components, "1.0.0"))
	pipeline := s.AWS("imagebuilder", "create-image-pipeline", "--name", "job", "--image-recipe-arn", recipe,
		"--infrastructure-configuration-arn", infrastructure, "--distribution-configuration-arn", distribution,
		"--image-tests-configuration", "imageTestsEnabled=false")["imagePipelineArn"].(string)
	arn := s.AWS("imagebuilder", "start-image-pipeline-execution", "--image-pipeline-arn", pipeline)["imageBuildVersionArn"].(string)
	s.Available(arn)
	if provenance, why := s.Report(arn); provenance != "cached 3 of 3" {
		t.Errorf("provenance %q: %q", provenance, why)
	}
	return s.AMIs(arn)
}

func checkExecutions(t *testing.T, s *rig.Server, arn string) {
	all := s.AWS("imagebuilder", "list-workflow-executions", "--image-build-version-arn", arn)["workflowExecutions"].([]any)
	if len(all) != 3 {
		t.Fatalf("%d workflow executions", len(all))
	}
	for _, e := range all {
		execution := e.(map[string]any)
		if execution["status"] != "COMPLETED" || execution["startTime"] == nil || execution["endTime"] == nil {
			t.Errorf("%v", execution)
		}
		steps := s.AWS("imagebuilder", "list-workflow-step-executions", "--workflow-execution-id", execution["workflowExecutionId"].(string))
		for _, x := range steps["steps"].([]any) {
			step := x.(map[string]any)
			if status := step["status"]; status != "COMPLETED" && status != "SKIPPED" {
				t.Errorf("%v", step)
			}
		}
	}
}

func checkPermissions(t *testing.T, s *rig.Server, amis map[string]string) {
	for region, want := range map[string][]string{
		rig.Region: {rig.Organization}, rig.SecondRegion: {rig.Unit, rig.Partner},
	} {
		out, err := s.TryAWS("ec2", "describe-image-attribute", "--region", region, "--image-id", amis[region], "--attribute", "launchPermission")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s in %s is not shared with %s:\n%s", amis[region], region, w, out)
			}
		}
		images := s.AWS("ec2", "describe-images", "--region", region, "--image-ids", amis[region])["Images"].([]any)
		if len(images) != 1 || images[0].(map[string]any)["State"] != "available" {
			t.Errorf("describe-images in %s: %v", region, images)
		}
	}
}

func checkNoAgent(t *testing.T, file string) {
	rig.Mounted(t, file, func(root string) {
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, _ fs.DirEntry, err error) error {
			if strings.Contains(name, "ingot") || strings.Contains(name, "/TOE_") {
				t.Errorf("%s is on the image", name)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		noIdentity(t, root)
	})
}

// noIdentity looks for files that would give two machines the same identity.
func noIdentity(t *testing.T, root string) {
	t.Helper()
	if id, err := os.ReadFile(filepath.Join(root, "etc/machine-id")); err != nil || strings.TrimSpace(string(id)) != "" {
		t.Errorf("machine-id is %q, %v", id, err)
	}
	keys, _ := filepath.Glob(filepath.Join(root, "etc/ssh/ssh_host_*"))
	if len(keys) > 0 {
		t.Errorf("host keys are on the image: %v", keys)
	}
}

// TestRestartedImageHasNoIdentity restarts in the default working directory, which the
// system then empties, with the file that asks for the clean-up of the image.
func TestRestartedImageHasNoIdentity(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "restarted", Version: "1.0.0", Components: []string{
		s.Component("restarts", "1.0.0", rig.Script("test -e /etc/restarted || { touch /etc/restarted; exit 194; }")),
	}}), s.Infrastructure("restarted"), "", false)
	s.Available(arn)
	raw := filepath.Join(t.TempDir(), "disk.raw")
	s.Ingot("image", "export", s.AMIs(arn)[rig.Region], "--format", "raw", "-o", raw)
	rig.Mounted(t, raw, func(root string) { noIdentity(t, root) })
}

// checkBoots boots the disk under both firmwares: the page is served, and the two
// machines differ. By BIOS there is a seed, whose key cloud-init lets log in; by UEFI
// there is none, and the system makes its host keys itself.
func checkBoots(t *testing.T, raw, qcow2 string) {
	ids, keys := map[string]bool{}, map[string]bool{}
	hold := func(t *testing.T, g *rig.Guest, id, stamp string) {
		if page := g.Get("/"); !strings.Contains(page, greeting) {
			t.Errorf("the page is %q", page)
		}
		if !strings.Contains(stamp, "release 1.0.0") {
			t.Errorf("the stamp is %q", stamp)
		}
		if id = strings.TrimSpace(id); len(id) != 32 {
			t.Errorf("the machine id is %q", id)
		}
		ids[id], keys[g.HostKey()] = true, true
	}
	const id, stamp = "/etc/machine-id", "/etc/release-stamp"
	t.Run("bios", func(t *testing.T) {
		g := rig.Boot(t, raw, "raw", "bios")
		seen, rest, _ := strings.Cut(g.Run("cat "+id+" "+stamp+"; ls -d /sys/firmware/efi 2>&1"), "\n")
		hold(t, g, seen, rest)
		if !strings.Contains(rest, "No such file") {
			t.Errorf("booted by other means: %q", rest)
		}
	})
	t.Run("uefi", func(t *testing.T) {
		g := rig.BootShowing(t, qcow2, "qcow2", "uefi", map[string]string{"id": id, "stamp": stamp})
		hold(t, g, g.Get("/id"), g.Get("/stamp"))
		if console := g.Console(); !strings.Contains(console, " efi: EFI v") {
			t.Errorf("booted by other means:\n%s", console)
		}
	})
	if len(ids) != 2 || len(keys) != 2 {
		t.Errorf("two machines have the ids %v and the keys %v", ids, keys)
	}
}

// volatile are the files in which two clean builds of one recipe differ, as measured:
// each holds the time at which something was done.
var volatile = tree.Volatile{
	"/var/cache/apt/pkgcache.bin":    "apt's cache holds the times of the lists that it was made from",
	"/var/cache/apt/srcpkgcache.bin": "as pkgcache.bin",
	"/var/log/apt/history.log":       "begin and end of each run of apt",
	"/var/log/apt/term.log":          "begin and end of each run of apt",
	"/var/log/dpkg.log":              "each line begins with its time",
	"/var/log/nginx/error.log":       "each line begins with its time",
}

// checkCached compares an image of which two steps came from the cache with a clean build
// of the same components: the disks hold the same files.
func checkCached(t *testing.T, s *rig.Server, cached demo.Summary) {
	if why := s.Ingot("image", "why", cached.Image); !strings.Contains(why, "cached 2 of 3") {
		t.Errorf("ingot image why:\n%s", why)
	}
	var components []string
	for _, c := range cached.Components {
		components = append(components, c.ARN)
	}
	off := jobRecipe(components, "1.0.2")
	off.Tags = map[string]string{"ingot:cache": "off"}
	clean := s.CreateImage(s.MakeRecipe(off), s.Infrastructure("clean"), "", false)
	s.Available(clean)
	if provenance, why := s.Report(clean); provenance != "clean" {
		t.Errorf("provenance %q: %q", provenance, why)
	}
	sameFiles(t, s, cached.Image, clean)
}

// sameFiles compares the disks of two builds file by file.
func sameFiles(t *testing.T, s *rig.Server, one, two string) {
	t.Helper()
	if err := tree.Allowed(volatile); err != nil {
		t.Fatal(err)
	}
	var trees []tree.Tree
	for _, arn := range []string{one, two} {
		file := filepath.Join(t.TempDir(), "disk.raw")
		s.Ingot("image", "export", s.AMIs(arn)[rig.Region], "--format", "raw", "-o", file)
		rig.Mounted(t, file, func(root string) {
			files, err := tree.Read(root)
			if err != nil {
				t.Fatal(err)
			}
			trees = append(trees, files)
		})
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if d := tree.Differences(trees[0], trees[1], volatile); len(d) > 0 {
		t.Errorf("%d files differ:\n%s", len(d), strings.Join(d[:min(len(d), 40)], "\n"))
	}
}

// checkRegions deletes one region's image and stops the server: the other's bytes remain
// under their digest.
func checkRegions(t *testing.T, s *rig.Server, amis map[string]string) {
	out, err := s.TryAWS("ec2", "deregister-image", "--region", rig.Region, "--image-id", amis[rig.Region])
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.Ingot("prune", "--unused", "0s", "--young", "0s")
	left := s.Ingot("image", "verify", amis[rig.SecondRegion])
	if !strings.Contains(left, "sha256:") {
		t.Errorf("verifying the other region's image:\n%s", left)
	}
}
