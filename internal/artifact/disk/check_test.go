package disk_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

func TestCheckPassesWholeDisks(t *testing.T) {
	for name, path := range map[string]string{
		"partitions":     makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"}),
		"one filesystem": makeExt4(t, 16*mib),
	} {
		before := string(readFile(t, path))
		if err := disk.Check(t.Context(), path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if string(readFile(t, path)) != before {
			t.Errorf("%s: the check wrote to the disk", name)
		}
	}
}

// TestCheckFindsDamage wipes the group descriptors of a file system.
func TestCheckFindsDamage(t *testing.T) {
	for name, c := range map[string]struct {
		start  int64
		number string
	}{"root": {18 * mib, "partition 3"}, "boot": {2 * mib, "partition 2"}} {
		path := makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"})
		writeAt(t, path, noise(1, 256), c.start+2048+8)
		if err := disk.Check(t.Context(), path); err == nil || !strings.Contains(err.Error(), c.number) || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReleaseFreesDeletedFiles copies a frozen file system on which files were deleted
// that are still open.
func TestReleaseFreesDeletedFiles(t *testing.T) {
	needRoot(t)
	for name, path := range map[string]string{
		"root": makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"}),
		"boot": makeDisk(t, part{disk.TypeESP, 1, ""}, part{linux, 16, "ext4"}, part{linux, 32, "ext4"}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m, err := disk.Mount(t.Context(), path, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}()
			if name == "boot" {
				dir = filepath.Join(dir, "boot")
			}
			copied := path + ".copy"
			out, err := exec.Command("sh", "-ec", `
exec 9<"$1/hello"
rm "$1/hello"
sync -f "$1"
fsfreeze -f "$1"
cp "$2" "$3" || failed=$?
fsfreeze -u "$1"
exit ${failed:-0}`, "sh", dir, path, copied).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if err := disk.Check(t.Context(), copied); err == nil {
				t.Error("the copy has no deleted file")
			}
			if err := disk.Import(t.Context(), copied, copied+".imported", anyRoom); err != nil {
				t.Error(err)
			}
			if err := disk.Release(t.Context(), copied); err != nil {
				t.Error(err)
			}
			if err := disk.Check(t.Context(), copied); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEndOfLongOutputIsKept writes more than is kept, in pieces of each size.
func TestEndOfLongOutputIsKept(t *testing.T) {
	long := strings.Repeat("0123456789", 1000)
	for _, size := range []int{1, 7, 4095, 4096, 4097, len(long)} {
		var pieces []string
		for rest := long; rest != ""; rest = rest[min(size, len(rest)):] {
			pieces = append(pieces, rest[:min(size, len(rest))])
		}
		if kept := disk.EndOfOutput(pieces...); kept != long[len(long)-4096:] {
			t.Errorf("pieces of %d: %d bytes are kept, or not the last ones", size, len(kept))
		}
	}
}
