package instance_test

import (
	"testing"

	"ingot/internal/engine/instance"
)

func TestSizeOf(t *testing.T) {
	for _, c := range []struct {
		types []string
		size  instance.Size
		taken string
	}{
		{nil, instance.Size{CPUs: 2, MemoryMiB: 8192}, "m5.large"},
		{[]string{"t3.micro", "m5.large"}, instance.Size{CPUs: 2, MemoryMiB: 1024}, "t3.micro"},
		{[]string{"mac1.metal", "c5.2xlarge"}, instance.Size{CPUs: 8, MemoryMiB: 16384}, "c5.2xlarge"},
		{[]string{"r5.xlarge"}, instance.Size{CPUs: 4, MemoryMiB: 32768}, "r5.xlarge"},
	} {
		size, taken, err := instance.SizeOf(c.types)
		if err != nil || size != c.size || taken != c.taken {
			t.Errorf("SizeOf(%v) = %v, %s, %v", c.types, size, taken, err)
		}
	}
	for _, bad := range []string{"metal", ".large", "m5.0xlarge", "m5.metal"} {
		if _, _, err := instance.SizeOf([]string{bad}); err == nil {
			t.Errorf("%s has a size", bad)
		}
	}
}
