package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/test/rig"
)

const workDir = "/var/tmp/build"

// breakers are components that a build from the cache would get wrong if a node differed
// from the disk: files in /tmp and the working directory, a skip file, a restart in the
// middle, a node that a virtual machine made, and the name of the build.
var breakers = []struct{ name, script string }{
	{"leaves", `set -e
mkdir -p /var/tmp/build
if [ ! -e /etc/restarted ]; then
	touch /etc/restarted /tmp/before-restart
	exit 194
fi
echo left >/tmp/left
ln -s left /tmp/link
echo left >/var/tmp/build/left
echo log >/var/log/boot.log
touch /var/tmp/build/skip_cleanup_instance_log_files`},
	{"boots", `set -e
test -e /tmp/left
echo changed >/boot/changed
setcap cap_net_raw+ep /bin/ping 2>/dev/null || true
setfattr -n user.made -v by-qemu /boot/changed 2>/dev/null || true`},
	{"reads", `set -e
test ! -e /tmp/before-restart
cat /tmp/link /var/tmp/build/left >/etc/left
test -e /var/tmp/build/skip_cleanup_instance_log_files
# RELEASE`},
	{"names", `set -e
echo "$IMAGE_BUILD_VERSION_ARN" >/tmp/arn
grep -c "image/breaker/" /tmp/arn >/etc/names`},
}

// TestBreaker builds a recipe that is made to break the cache, then changes a remark in
// one component, so that the rest comes from the cache. The disk must hold the same
// files.
func TestBreaker(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	infrastructure := s.Infrastructure("breaker")
	var components []string
	for _, b := range breakers {
		components = append(components, s.Component(b.name, "1.0.0", rig.Script(b.script)))
	}
	recipe := rig.Recipe{Name: "breaker", Version: "1.0.0", Components: components, WorkDir: workDir}
	clean := s.CreateImage(s.MakeRecipe(recipe), infrastructure, "", false)
	s.Available(clean)
	if provenance, why := s.Report(clean); provenance != "clean" || !strings.Contains(strings.Join(why, "\n"), "kernels or bootloader") {
		t.Errorf("%s: %q", provenance, why)
	}
	recipe.Version = "1.0.1"
	recipe.Components[2] = s.Component("reads", "1.0.1", rig.Script(strings.Replace(breakers[2].script, "RELEASE", "a later release", 1)))
	changed := s.MakeRecipe(recipe)
	cached := s.CreateImage(changed, infrastructure, "", false)
	s.Available(cached)
	if provenance, why := s.Report(cached); provenance != "cached 2 of 4" {
		t.Errorf("%s: %q", provenance, why)
	}
	sameFiles(t, s, clean, cached)
	same := s.CreateImage(changed, infrastructure, "", false)
	s.Available(same)
	if provenance, why := s.Report(same); provenance != "cached 3 of 4" || !strings.Contains(why[3], "IMAGE_BUILD_VERSION_ARN") {
		t.Errorf("nothing changed but the name of the build: %s: %q", provenance, why)
	}
	raw := filepath.Join(t.TempDir(), "disk.raw")
	s.Ingot("image", "export", s.AMIs(cached)[rig.Region], "--format", "raw", "-o", raw)
	rig.Mounted(t, raw, func(root string) {
		for name, want := range map[string]string{"etc/left": "left\nleft\n", "etc/names": "1\n", "var/log/boot.log": "log\n", "boot/changed": "changed\n"} {
			if text, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(text) != want {
				t.Errorf("%s is %q, %v", name, text, err)
			}
		}
	})
}

// TestStartedService has a component that needs what an earlier one only started. With
// the earlier one from the cache it fails; the build runs again without the cache, and
// its record says so.
func TestStartedService(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	infrastructure := s.Infrastructure("service")
	starts := s.Component("starts", "1.0.0", rig.Script(`systemd-run --unit=marker sleep 1000`))
	build := func(version string) string {
		needs := s.Component("needs", version, rig.Script("set -e\nsystemctl is-active marker\necho "+version+" >/etc/needs"))
		arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "service", Version: version, Components: []string{starts, needs}}), infrastructure, "", false)
		s.Available(arn)
		return arn
	}
	build("1.0.0")
	again := build("1.0.1")
	if provenance, _ := s.Report(again); provenance != "clean" {
		t.Errorf("provenance %q", provenance)
	}
	if why := s.Ingot("image", "why", again); !strings.Contains(why, "again") {
		t.Errorf("ingot image why does not say that the build was run twice:\n%s", why)
	}
	if third := build("1.0.2"); !strings.Contains(strings.Join(second(s.Report(third)), "\n"), "failed before") {
		t.Errorf("the boundary that was to blame is used again: %q", second(s.Report(third)))
	}
}

func second[A, B any](_ A, b B) B { return b }
