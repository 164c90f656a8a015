package disk_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
)

// anyRoom accepts every disk.
func anyRoom(int64, int64) error { return nil }

func TestExportAndImport(t *testing.T) {
	file, dir := makeDisk(t, part{disk.TypeBIOSBoot, 1, ""}, part{disk.TypeESP, 2, ""}, part{disk.TypeExtBoot, 16, "ext4"}, part{linux, 32, "ext4"}), t.TempDir()
	for _, format := range []string{disk.FormatRaw, disk.FormatQcow2} {
		out, back := filepath.Join(dir, "out."+format), filepath.Join(dir, "back")
		if err := disk.Export(t.Context(), file, out, format, false); err != nil {
			t.Fatal(err)
		}
		if info, err := exec.Command("qemu-img", "info", out).Output(); err != nil || !strings.Contains(string(info), "file format: "+format) {
			t.Errorf("the export is not in the format %s: %s %v", format, info, err)
		}
		if err := disk.Import(t.Context(), out, back, anyRoom); err != nil {
			t.Fatal(err)
		}
		want := digest(t, file, nil)
		if err := disk.Verify(t.Context(), back, &want); err != nil {
			t.Error(err)
		}
	}
	wantError(t, disk.Export(t.Context(), file, filepath.Join(dir, "x"), "vmdk", false), "vmdk", "qcow2")
	if got := names(t, dir); !slices.Equal(got, []string{"back", "out.qcow2", "out.raw"}) {
		t.Errorf("in the folder: %v", got)
	}
}

// wantError checks that an error contains all words.
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
	writeAt(t, damaged, noise(1, 256), mib+2048+8) // the group descriptors
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
	special := func(name string, kind uint32, device int) string {
		file := filepath.Join(src, name)
		if err := unix.Mknod(file, kind|0o600, device); err != nil {
			t.Fatal(err)
		}
		return file
	}
	linked := func(name, to string) string {
		file := filepath.Join(src, name)
		if err := os.Symlink(to, file); err != nil {
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
		"a folder":     {src, []string{"a folder", "regular file"}},
		"a named pipe": {special("pipe", unix.S_IFIFO, 0), []string{"a named pipe", "regular file"}},
		"a device":     {"/dev/zero", []string{"a device", "regular file"}},
		"a terminal":   {"/dev/tty", []string{"a device", "regular file"}},
		"a socket":     {special("socket", unix.S_IFSOCK, 0), []string{"a socket", "regular file"}},
		"a link to it": {linked("link", filepath.Join(src, "pipe")), []string{"a named pipe"}},
		"gzip":         {written("gz", "\x1f\x8b\x08"), []string{"gzip", "gunzip"}},
		"vmdk":         {made("vmdk", "convert", "-O", "vmdk", whole), []string{"VMDK", "qemu-img convert"}},
		"vdi":          {made("vdi", "convert", "-O", "vdi", whole), []string{"VDI", "qemu-img convert"}},
		"empty qcow2":  {made("qcow2", "create", "-q", "-f", "qcow2", "-o", "size=64M"), []string{"qcow2", "not a disk image"}},
		"other's file": {made("overlay", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", whole), []string{"another file"}},
		"data file":    {made("outside", "create", "-q", "-f", "qcow2", "-o", "size=64M,data_file="+filepath.Join(src, "data")), []string{"another file"}},
		"all of both":  {made("both", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", whole, "-o", "data_file="+filepath.Join(src, "data2")), []string{"another file"}},
		"LUKS in it":   {made("luks", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o", "size=1M,encrypt.format=luks,encrypt.iter-time=10,encrypt.key-secret=s"), []string{"encrypted", "plain"}},
		"AES in it":    {made("aes", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o", "size=1M,encrypt.format=aes,encrypt.key-secret=s"), []string{"encrypted", "plain"}},
		"100 TiB":      {made("100T", "create", "-q", "-f", "qcow2", "-o", "cluster_size=2M,size=100T"), []string{"64 TiB", "larger"}},
		"version 9":    {written("version", "QFI\xfb\x00\x00\x00\x09"+strings.Repeat("\x00", 200)), []string{"version 9"}},
		"half a qcow2": {written("half", "QFI\xfb\x00\x00\x00\x03"), []string{"cut off"}},
		"damage":       {damaged, []string{"damaged"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			wantError(t, disk.Import(t.Context(), c.file, filepath.Join(dir, "disk"), anyRoom), c.words...)
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

// TestNamesAreNotProtocols exports to and imports from names that tools would take for
// something else.
func TestNamesAreNotProtocols(t *testing.T) {
	file := makeDisk(t, part{linux, 16, "ext4"})
	want := digest(t, file, nil)
	t.Chdir(t.TempDir())
	for _, name := range []string{
		`json:{"driver":"null-co"}`, "nbd:localhost:10809", "fat:x", "-n", "--help", "a,b=c,driver=raw", "file:x", "https:", "driver=null-co", "with space\nand line",
	} {
		for _, format := range []string{disk.FormatRaw, disk.FormatQcow2} {
			if err := disk.Export(t.Context(), file, name, format, true); err != nil {
				t.Errorf("exporting %q: %v", name, err)
				continue
			}
			if err := disk.Import(t.Context(), name, "back", anyRoom); err != nil {
				t.Errorf("importing %q as %s: %v", name, format, err)
				continue
			}
			if err := disk.Verify(t.Context(), "back", &want); err != nil {
				t.Error(err)
			}
		}
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, "."); !slices.Equal(got, []string{"back"}) {
		t.Errorf("in the folder: %v", got)
	}
}

// TestExportsBelongToTheirOwner checks that nobody else can read exported files, whatever
// is in the folder: links are not followed, and an existing file stays unless it may be
// replaced.
func TestExportsBelongToTheirOwner(t *testing.T) {
	file := makeDisk(t, part{linux, 16, "ext4"})
	for _, format := range []string{disk.FormatRaw, disk.FormatQcow2} {
		dir := t.TempDir()
		victim, out := filepath.Join(dir, "victim"), filepath.Join(dir, "out")
		mine := []byte("mine")
		if err := errors.Join(os.WriteFile(victim, mine, 0o644), os.Symlink(victim, out+".part"), os.Symlink(victim, out)); err != nil {
			t.Fatal(err)
		}
		if err := disk.Export(t.Context(), file, out, format, false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a link: %v", err)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"out", "out.part", "victim"}) {
			t.Errorf("in the folder: %v", got)
		}
		if err := disk.Export(t.Context(), file, out, format, true); err != nil {
			t.Error(err)
		}
		if info, err := os.Lstat(out); err != nil || info.Mode() != 0o600 {
			t.Errorf("the %s file has %v, %v", format, info.Mode(), err)
		}
		if got := readFile(t, victim); string(got) != string(mine) {
			t.Errorf("a link was followed: %.20q", got)
		}
	}
}

// TestImportAsksForRoom checks that Import calls room before it copies anything, of raw
// and of qcow2 files.
func TestImportAsksForRoom(t *testing.T) {
	raw := makeDisk(t, part{linux, 16, "ext4"})
	qcow2 := raw + ".qcow2"
	command(t, "", "qemu-img", "convert", "-O", "qcow2", raw, qcow2)
	sparse := raw + ".sparse" // qcow2 of a size that no pool has
	command(t, "", "qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=2M,size=60T", sparse)
	full := errors.New("there is no room")
	for name, c := range map[string]struct {
		file    string
		size    int64
		refused func(size, data int64) bool
		asked   int
	}{
		"size of raw":    {raw, 18 * mib, func(size, _ int64) bool { return size == 18*mib }, 1},
		"size of qcow2":  {qcow2, 18 * mib, func(size, _ int64) bool { return size == 18*mib }, 1},
		"data of qcow2":  {qcow2, 18 * mib, func(_, data int64) bool { return data > 0 }, 2},
		"size of 60 TiB": {sparse, 60 << 40, func(size, _ int64) bool { return size > 1<<40 }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir, asked := t.TempDir(), 0
			err := disk.Import(t.Context(), c.file, filepath.Join(dir, "disk"), func(size, data int64) error {
				if asked++; size != c.size || data > size {
					t.Errorf("asked for %d with %d of data", size, data)
				}
				if c.refused(size, data) {
					return full
				}
				return nil
			})
			if !errors.Is(err, full) || asked != c.asked {
				t.Errorf("Import = %v after %d questions", err, asked)
			}
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

// TestImportOfAFileThatChanges changes a file while it is imported.
func TestImportOfAFileThatChanges(t *testing.T) {
	for name, format := range map[string]string{"raw": disk.FormatRaw, "qcow2": disk.FormatQcow2} {
		file := makeDisk(t, part{linux, 16, "ext4"})
		if format == disk.FormatQcow2 {
			command(t, "", "qemu-img", "convert", "-O", "qcow2", file, file+".q")
			file += ".q"
		}
		dir := t.TempDir()
		err := disk.Import(t.Context(), file, filepath.Join(dir, "disk"), func(int64, int64) error {
			writeAt(t, file, []byte("x"), 80) // in reserved bytes of a header
			return nil
		})
		wantError(t, err, "changed while it was read")
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("%s: left over: %v", name, left)
		}
	}
}

func TestImportEndsWithItsContext(t *testing.T) {
	raw := makeDisk(t, part{linux, 16, "ext4"})
	qcow2 := raw + ".qcow2"
	command(t, "", "qemu-img", "convert", "-O", "qcow2", raw, qcow2)
	for _, file := range []string{raw, qcow2} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		err := disk.Import(ctx, file, filepath.Join(dir, "disk"), func(int64, int64) error { cancel(); return nil })
		if err == nil || ctx.Err() == nil || len(names(t, dir)) > 0 {
			t.Errorf("Import = %v, left over %v", err, names(t, dir))
		}
	}
}
