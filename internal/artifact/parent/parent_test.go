package parent_test

import (
	"testing"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
)

// TestDiskIsWhole checks a parent, which is pulled if it is not in the cache.
func TestDiskIsWhole(t *testing.T) {
	file := parenttest.Disk(t)
	l, err := disk.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if l.Size != 2<<30 || l.ESP == nil || l.Boot != nil || l.Root.Number != 3 {
		t.Errorf("layout: %+v", l)
	}
	if err := disk.Check(t.Context(), file); err != nil {
		t.Error(err)
	}
}
