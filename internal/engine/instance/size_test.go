package instance_test

import (
	"strings"
	"testing"

	"ingot/internal/engine/instance"
)

func TestChoose(t *testing.T) {
	large, small := instance.Size{CPUs: 64, MemoryMiB: 64 << 10}, instance.Size{CPUs: 2, MemoryMiB: 4 << 10}
	for _, c := range []struct {
		types []string
		host  instance.Size
		want  instance.Choice
	}{
		{nil, large, instance.Choice{Size: instance.Size{CPUs: 2, MemoryMiB: 8192}, Type: "m5.large"}},
		{nil, small, instance.Choice{Size: small, Type: "m5.large", Cut: true}},
		{[]string{"t3.micro", "m5.large"}, large, instance.Choice{Size: instance.Size{CPUs: 2, MemoryMiB: 1024}, Type: "t3.micro"}},
		{[]string{"mac1.metal", "c5.2xlarge"}, large, instance.Choice{Size: instance.Size{CPUs: 8, MemoryMiB: 16384}, Type: "c5.2xlarge"}},
		{[]string{"r5.xlarge"}, large, instance.Choice{Size: instance.Size{CPUs: 4, MemoryMiB: 32768}, Type: "r5.xlarge"}},
		{[]string{"m5.large", "t3.small"}, small, instance.Choice{Size: instance.Size{CPUs: 2, MemoryMiB: 2048}, Type: "t3.small"}},
		{[]string{"c5.2xlarge"}, instance.Size{CPUs: 2, MemoryMiB: 64 << 10}, instance.Choice{Size: instance.Size{CPUs: 2, MemoryMiB: 16384}, Type: "c5.2xlarge", Cut: true}},
	} {
		if got, err := instance.Choose(c.types, c.host); err != nil || got != c.want {
			t.Errorf("Choose(%v, %v) = %+v, %v", c.types, c.host, got, err)
		}
	}
	for _, bad := range []string{"metal", ".large", "m5.0xlarge", "m5.metal"} {
		if _, err := instance.Choose([]string{bad}, large); err == nil || !strings.Contains(err.Error(), "like t3.small") {
			t.Errorf("%s has a size: %v", bad, err)
		}
	}
	got, err := instance.Choose([]string{"m5.4xlarge", "r5.4xlarge"}, small)
	if want := (instance.Choice{Size: small, Type: "m5.4xlarge", Cut: true}); got != want {
		t.Errorf("a type that is too large gives %+v", got)
	}
	for _, word := range []string{"m5.4xlarge", "65536 MiB", "4096 MiB", "instanceTypes", "--memory-reserve"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("a type that is too large: %v, want %q", err, word)
		}
	}
}
