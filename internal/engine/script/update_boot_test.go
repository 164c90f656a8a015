package script_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestUpdateBoot runs the script on trees: the configuration is written anew when one of
// its sources was added, removed or changed after it.
func TestUpdateBoot(t *testing.T) {
	script, err := os.ReadFile("update_boot.sh")
	if err != nil {
		t.Fatal(err)
	}
	const kernel, settings, configuration = "boot/vmlinuz-6", "etc/default/grub.d/console.cfg", "boot/grub/grub.cfg"
	for name, c := range map[string]struct {
		change func(root string) error
		want   bool
	}{
		"nothing":    {func(string) error { return nil }, false},
		"new kernel": {func(root string) error { return os.WriteFile(filepath.Join(root, "boot/vmlinuz-7"), nil, 0o600) }, true},
		"old kernel": {func(root string) error { return os.Remove(filepath.Join(root, kernel)) }, true},
		"settings":   {func(root string) error { return os.WriteFile(filepath.Join(root, settings), []byte("x"), 0o600) }, true},
		"moved in": {func(root string) error {
			old := filepath.Join(root, "etc/default/grub")
			return errors.Join(os.Rename(old, old+".0"), os.Rename(old+".0", old))
		}, true},
		"modules":     {func(root string) error { return os.WriteFile(filepath.Join(root, "boot/grub/x.mod"), nil, 0o600) }, false},
		"no settings": {func(root string) error { return os.Remove(filepath.Join(root, configuration)) }, true},
		"no GRUB":     {func(root string) error { return os.Remove(filepath.Join(root, "usr/sbin/update-grub")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			root, earlier := t.TempDir(), time.Now().Add(-time.Hour)
			for _, file := range []string{kernel, settings, "etc/default/grub", "etc/grub.d/10_linux", configuration, "usr/sbin/update-grub"} {
				put(t, root, file, "#!/bin/sh\ntouch "+root+"/written\n")
			}
			if err := os.Chmod(filepath.Join(root, "usr/sbin/update-grub"), 0o700); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{kernel, settings, "etc/default/grub", "etc/grub.d/10_linux", "boot", "etc/default/grub.d", "etc/default", "etc/grub.d", configuration} {
				earlier = earlier.Add(time.Second)
				if err := os.Chtimes(filepath.Join(root, path), earlier, earlier); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.change(root); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("sh", "-c", "ROOT="+root+"\n"+string(script)).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if _, err := os.Stat(filepath.Join(root, "written")); (err == nil) != c.want {
				t.Errorf("written: %t", err == nil)
			}
		})
	}
}
