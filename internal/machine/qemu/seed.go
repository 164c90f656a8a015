package qemu

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// seedKiB is the size of a seed disk.
const seedKiB = 1024

// Seed makes a disk for cloud-init at path, which adds the ssh key to the image's default
// user and root.
func Seed(path, sshKey, hostname string) error {
	dir, err := os.MkdirTemp("", "ingot-seed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files := map[string]string{
		"meta-data": fmt.Sprintf("instance-id: %s\nlocal-hostname: %s\n", filepath.Base(dir), hostname),
		"user-data": fmt.Sprintf("#cloud-config\ndisable_root: false\nssh_pwauth: false\nssh_authorized_keys:\n  - %q\n", strings.TrimSpace(sshKey)),
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := seedTool("mkfs.vfat", "dosfstools", "-C", "-n", "CIDATA", path, fmt.Sprint(seedKiB)); err != nil {
		return err
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		if err := seedTool("mcopy", "mtools", "-i", path, file, "::/"+name); err != nil {
			return err
		}
	}
	return nil
}

func seedTool(name, from string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is missing: install the package %s", name, from)
	}
	if err != nil {
		return fmt.Errorf("making a seed disk: %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
