package disk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

// program returns the beginning of an ELF file for a machine, and some more.
func program(machine byte) string {
	return "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00" + string(rune(machine&0x7f)) + strings.Repeat("\x00", 5000)
}

// Programs of the two architectures.
var (
	x86 = program(62)
	arm = strings.Replace(program(0), "\x02\x00\x00", "\x02\x00\xb7", 1)
)

// filled writes a file system with files and links, "name" or "name -> target", at an
// offset of a disk.
func filled(t *testing.T, path string, start, size int64, files map[string]string) {
	t.Helper()
	tree := t.TempDir()
	for name, text := range files {
		name, target, link := strings.Cut(name, " -> ")
		file := filepath.Join(tree, name)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil && link {
			err = os.Symlink(target, file)
		} else if err == nil {
			err = os.WriteFile(file, []byte(text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	command(t, "", "mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, "-E",
		fmt.Sprintf("offset=%d,lazy_itable_init=0,lazy_journal_init=0", start), path, fmt.Sprintf("%dk", size>>10))
}

// TestArchitectureOfFirstProgram has the links of known systems, and some that a guest
// could make.
func TestArchitectureOfFirstProgram(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a plain file":           {map[string]string{"sbin/init": x86}, "x86_64"},
		"arm64":                  {map[string]string{"sbin/init": arm}, "arm64"},
		"i386":                   {map[string]string{"sbin/init": program(3)}, "i386"},
		"Debian 12":              {map[string]string{"sbin -> usr/sbin": "", "lib -> usr/lib": "", "usr/sbin/init -> /lib/systemd/systemd": "", "usr/lib/systemd/systemd": arm}, "arm64"},
		"Debian 13":              {map[string]string{"sbin -> usr/sbin": "", "lib -> usr/lib": "", "usr/sbin/init -> ../lib/systemd/systemd": "", "usr/lib/systemd/systemd": arm}, "arm64"},
		"Fedora":                 {map[string]string{"sbin -> usr/sbin": "", "usr/sbin -> bin": "", "usr/bin/init -> ../lib/systemd/systemd": "", "usr/lib/systemd/systemd": arm}, "arm64"},
		"up through a link":      {map[string]string{"sbin -> a/b/c": "", "a/b/c/init -> ../init": "", "a/b/init": arm}, "arm64"},
		"nothing":                {nil, ""},
		"a link to nothing":      {map[string]string{"sbin/init -> ../lib/init": ""}, ""},
		"a circle":               {map[string]string{"sbin/init -> ../sbin/init": ""}, ""},
		"a circle of folders":    {map[string]string{"sbin -> bin": "", "bin -> sbin": ""}, ""},
		"a file of the host":     {map[string]string{"sbin/init -> " + os.Args[0]: ""}, ""},
		"far up":                 {map[string]string{"sbin/init -> ../../../../../../.." + os.Args[0]: ""}, ""},
		"a name with blanks":     {map[string]string{"sbin/init -> a b": "", "sbin/a b": x86}, ""},
		"a name with a quote":    {map[string]string{"sbin/init -> a\"": "", "sbin/a\"": x86}, ""},
		"a name with a new line": {map[string]string{"sbin/init -> a\n": "", "sbin/a\n": x86}, ""},
		"a folder":               {map[string]string{"sbin/init/x": ""}, ""},
		"a script":               {map[string]string{"sbin/init": "#!/bin/sh\n" + strings.Repeat("true\n", 100)}, ""},
		"the beginning of ELF":   {map[string]string{"sbin/init": "\x7fELF"}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "disk.raw")
			truncate(t, path, 8*mib)
			filled(t, path, 0, 8*mib, c.files)
			got, err := disk.Inspect(t.Context(), path)
			if err != nil || got.Architecture != c.want {
				t.Errorf("%+v, %v, want %q", got, err, c.want)
			}
		})
	}
}

// TestBootModes has disks with and without what each firmware starts.
func TestBootModes(t *testing.T) {
	for what, c := range map[string]struct {
		parts  []part
		code   bool   // in the first sector
		loader string // file of the ESP, in the first partition
		want   disk.Traits
	}{
		"both":              {[]part{{disk.TypeESP, 34, ""}, {disk.TypeBIOSBoot, 1, ""}, {disk.TypeRootX86, 8, "ext4"}}, true, "BOOTX64.EFI", disk.Traits{Architecture: "x86_64", BootMode: "uefi-preferred"}},
		"UEFI":              {[]part{{disk.TypeESP, 34, ""}, {linux, 8, "ext4"}}, false, "bootx64.efi", disk.Traits{Architecture: "x86_64", BootMode: "uefi"}},
		"UEFI of arm64":     {[]part{{disk.TypeESP, 34, ""}, {linux, 8, "ext4"}}, false, "BOOTAA64.EFI", disk.Traits{Architecture: "arm64", BootMode: "uefi"}},
		"BIOS":              {[]part{{disk.TypeBIOSBoot, 1, ""}, {disk.TypeRootX86, 8, "ext4"}}, true, "", disk.Traits{Architecture: "x86_64", BootMode: "legacy-bios"}},
		"arm64 by its root": {[]part{{disk.TypeRootARM, 8, "ext4"}}, true, "", disk.Traits{Architecture: "arm64", BootMode: "uefi"}},
		"an empty ESP":      {[]part{{disk.TypeESP, 34, ""}, {linux, 8, "ext4"}}, true, "", disk.Traits{BootMode: "uefi-preferred"}},
		"other loaders":     {[]part{{disk.TypeESP, 34, ""}, {linux, 8, "ext4"}}, false, "GRUBX64.EFI", disk.Traits{BootMode: "uefi"}},
		"neither":           {[]part{{linux, 8, "ext4"}}, false, "", disk.Traits{BootMode: "legacy-bios"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := makeDisk(t, c.parts...)
			if c.code {
				writeAt(t, path, []byte{0xeb, 0x63}, 0)
			}
			if c.loader != "" {
				esp := fmt.Sprintf("%s@@%d", path, mib)
				command(t, "", "mkfs.vfat", "-F", "32", "--offset", "2048", path, "34816")
				command(t, "", "mmd", "-i", esp, "::/EFI", "::/EFI/BOOT")
				command(t, "", "mcopy", "-i", esp, os.Args[0], "::/EFI/BOOT/"+c.loader)
			}
			if got, err := disk.Inspect(t.Context(), path); err != nil || got != c.want {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestInspectNeedsADisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk.raw")
	truncate(t, path, mib)
	if got, err := disk.Inspect(t.Context(), path); err == nil {
		t.Errorf("zeros are %+v", got)
	}
}
