package parent_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
)

// mounted mounts a clone of the parent and returns the folder.
func mounted(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk.raw")
	if err := disk.Clone(t.Context(), parenttest.Disk(t), file); err != nil {
		t.Fatal(err)
	}
	m, err := disk.Mount(t.Context(), file, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m.Dir
}

// TestTraits checks that the parent can be started by both firmwares.
func TestTraits(t *testing.T) {
	got, err := disk.Inspect(t.Context(), parenttest.Disk(t))
	if want := (disk.Traits{Architecture: disk.ArchX86, BootMode: disk.BootBoth}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// TestContent checks what an image for EC2 must have, and what it must not have: an
// identity, a way to log in, or anything of the host that made it.
func TestContent(t *testing.T) {
	dir := mounted(t)
	t.Run("no identity", func(t *testing.T) {
		if text := read(t, dir, "etc/machine-id"); text != "" {
			t.Errorf("machine-id: %q", text)
		}
		for _, pattern := range []string{"etc/ssh/ssh_host_*", "etc/hostname", "var/lib/dbus/machine-id", "var/lib/systemd/random-seed", "var/lib/cloud/*", "var/log/journal/*"} {
			absent(t, dir, pattern)
		}
	})
	t.Run("no way in", func(t *testing.T) {
		for line := range strings.Lines(read(t, dir, "etc/shadow")) {
			if field := strings.Split(line, ":"); !strings.HasPrefix(field[1], "!") && field[1] != "*" {
				t.Errorf("%s has a password", field[0])
			}
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.Name() == "authorized_keys" {
				t.Errorf("a key is there: %s", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("public package sources", func(t *testing.T) { publicSources(t, dir) })
	t.Run("no leftovers", func(t *testing.T) {
		for _, pattern := range []string{"tmp/*", "var/tmp/*", "var/cache/apt/archives/*.deb", "var/cache/apt/*.bin", "var/lib/apt/lists/partial/*", "usr/sbin/policy-rc.d"} {
			absent(t, dir, pattern)
		}
	})
	t.Run("lists of packages", func(t *testing.T) {
		for _, suite := range []string{"bookworm", "bookworm-updates", "bookworm-security"} {
			for _, end := range []string{"InRelease", "main_binary-amd64_Packages*"} {
				if found, err := filepath.Glob(filepath.Join(dir, "var/lib/apt/lists/*_dists_"+suite+"_"+end)); err != nil || len(found) != 1 {
					t.Errorf("%s of %s: %v %v", end, suite, found, err)
				}
			}
		}
	})
	t.Run("drivers for EC2", func(t *testing.T) { drivers(t, dir) })
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func absent(t *testing.T, dir, pattern string) {
	t.Helper()
	if found, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(found) > 0 {
		t.Errorf("should not be there: %v %v", found, err)
	}
}

// source matches a line that names a plain archive of the suite, without credentials and
// keys.
var source = regexp.MustCompile(`^deb https?://[^@ ]+ bookworm(-updates|-security)? main$`)

func publicSources(t *testing.T, dir string) {
	lists, err := filepath.Glob(filepath.Join(dir, "etc/apt/sources.list*"))
	if err != nil {
		t.Fatal(err)
	}
	suites := map[string]bool{}
	for _, list := range lists {
		if info, err := os.Stat(list); err != nil || info.IsDir() {
			absent(t, list, "*")
			continue
		}
		for line := range strings.Lines(read(t, list, "")) {
			found := source.FindStringSubmatch(strings.TrimSpace(line))
			if found == nil {
				t.Errorf("source %q", line)
				continue
			}
			suites[found[1]] = true
		}
	}
	if len(suites) != 3 {
		t.Errorf("the sources are of these suites: %v", suites)
	}
	out, err := exec.Command("grep", "-rIilE", "proxy|check-valid-until", filepath.Join(dir, "etc/apt"), filepath.Join(dir, "etc/environment")).Output()
	if err == nil {
		t.Errorf("settings of the host: %s", out)
	}
}

// drivers checks the initramfs with the image's own tool, whose decompressor ignores
// links.
func drivers(t *testing.T, dir string) {
	file, err := os.Readlink(filepath.Join(dir, "boot/initrd.img"))
	if err != nil {
		t.Fatal(err)
	}
	// The disk is mounted without devices, and the tool needs /dev/null.
	const list = `mount --bind /dev "$1/dev"; exec chroot "$1" /usr/bin/lsinitramfs "/boot/$2"`
	out, err := exec.Command("unshare", "--mount", "sh", "-ec", list, "sh", dir, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"nvme", "ena", "virtio_blk", "virtio_net", "ext4"} {
		if !strings.Contains(string(out), "/"+module+".ko") && !strings.Contains(read(t, dir, "boot/"+config(t, dir)), "CONFIG_"+builtIn[module]+"=y") {
			t.Errorf("%s is not in the initramfs", module)
		}
	}
}

// builtIn are the kernel options of drivers that may be within the kernel itself.
var builtIn = map[string]string{"nvme": "BLK_DEV_NVME", "ena": "ENA_ETHERNET", "virtio_blk": "VIRTIO_BLK", "virtio_net": "VIRTIO_NET", "ext4": "EXT4_FS"}

func config(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "boot/config-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("kernel configurations: %v %v", found, err)
	}
	return filepath.Base(found[0])
}
