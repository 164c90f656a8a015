package qemu_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/machine/qemu"
)

func TestSeed(t *testing.T) {
	for _, tool := range []string{"mkfs.vfat", "mcopy"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (packages dosfstools, mtools)", tool)
		}
	}
	path := filepath.Join(t.TempDir(), "seed, with a comma.img")
	for range 2 { // the second replaces the first
		if err := qemu.Seed(path, "ssh-ed25519 AAAA me@here\n", "web-1"); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"user-data": `- "ssh-ed25519 AAAA me@here"`,
		"meta-data": "local-hostname: web-1",
	} {
		text, err := exec.Command("mtype", "-i", path, "::/"+name).CombinedOutput()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
	if label, err := exec.Command("mlabel", "-i", path, "-s", "::").CombinedOutput(); err != nil || !strings.Contains(string(label), "CIDATA") {
		t.Errorf("the label is %q, %v", label, err)
	}
}
