package disk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

func TestExportAndImport(t *testing.T) {
	file, dir := makeDisk(t, part{disk.TypeBIOSBoot, 1, ""}, part{disk.TypeESP, 2, ""}, part{disk.TypeExtBoot, 16, "ext4"}, part{linux, 32, "ext4"}), t.TempDir()
	for _, format := range []string{disk.FormatRaw, disk.FormatQcow2} {
		out, back := filepath.Join(dir, "out."+format), filepath.Join(dir, "back")
		if err := disk.Export(t.Context(), file, out, format); err != nil {
			t.Fatal(err)
		}
		if info, err := exec.Command("qemu-img", "info", out).Output(); err != nil || !strings.Contains(string(info), "file format: "+format) {
			t.Errorf("the export is not in the format %s: %s %v", format, info, err)
		}
		if err := disk.Import(t.Context(), out, back); err != nil {
			t.Fatal(err)
		}
		want := digest(t, file, nil)
		if err := disk.Verify(t.Context(), back, &want); err != nil {
			t.Error(err)
		}
	}
	wantError(t, disk.Export(t.Context(), file, filepath.Join(dir, "x"), "vmdk"), "vmdk", "qcow2")
	if got := names(t, dir); !slices.Equal(got, []string{"back", "out.qcow2", "out.raw"}) {
		t.Errorf("in the folder: %v", got)
	}
}

// wantError holds an error against words that it must have.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v, want the words %q", err, words)
			return
		}
	}
}

func TestImportRefuses(t *testing.T) {
	src := t.TempDir()
	whole, damaged := makeDisk(t, part{linux, 16, "ext4"}), makeDisk(t, part{linux, 16, "ext4"})
	writeAt(t, damaged, noise(1, 256), mib+2048+8) // its group descriptors
	made := func(name string, args ...string) string {
		file := filepath.Join(src, name)
		command(t, "", "qemu-img", append(args, file)...)
		return file
	}
	written := func(name, text string) string {
		file := filepath.Join(src, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, c := range map[string]struct {
		file  string
		words []string
	}{
		"text":         {written("text", "hello"), []string{"not a disk image"}},
		"nothing":      {filepath.Join(src, "nothing"), []string{"no such file"}},
		"a folder":     {src, []string{"regular file"}},
		"gzip":         {written("gz", "\x1f\x8b\x08"), []string{"gzip", "gunzip"}},
		"vmdk":         {made("vmdk", "convert", "-O", "vmdk", whole), []string{"VMDK", "qemu-img convert"}},
		"vdi":          {made("vdi", "convert", "-O", "vdi", whole), []string{"VDI", "qemu-img convert"}},
		"empty qcow2":  {made("qcow2", "create", "-q", "-f", "qcow2", "-o", "size=64M"), []string{"qcow2", "not a disk image"}},
		"other's file": {made("overlay", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", whole), []string{"another file"}},
		"data file":    {made("outside", "create", "-q", "-f", "qcow2", "-o", "size=64M,data_file="+filepath.Join(src, "data")), []string{"another file"}},
		"half a qcow2": {written("half", "QFI\xfb\x00\x00\x00\x03"), []string{"cut off"}},
		"damage":       {damaged, []string{"damaged"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			wantError(t, disk.Import(t.Context(), c.file, filepath.Join(dir, "disk")), c.words...)
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}
