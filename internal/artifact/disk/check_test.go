package disk_test

import (
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
)

func TestCheckPassesWhatIsWhole(t *testing.T) {
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
