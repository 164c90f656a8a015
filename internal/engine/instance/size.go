package instance

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is what an instance gets of its host.
type Size struct {
	CPUs      int `json:"cpus"`
	MemoryMiB int `json:"memoryMiB"`
}

// defaultType is the type of an infrastructure configuration that names none.
const defaultType = "m5.large"

// small sizes have the same shape in every family that has them.
var small = map[string]Size{
	"nano": {2, 512}, "micro": {2, 1 << 10}, "small": {2, 2 << 10}, "medium": {2, 4 << 10},
}

// SizeOf reads the first instance type that it knows, as EC2 sizes them: 4 GiB a
// vCPU in the general families, half of that in c, double in r and x. The type
// that was taken is given back.
func SizeOf(types []string) (Size, string, error) {
	for _, t := range append(types[:len(types):len(types)], defaultType) {
		family, size, ok := strings.Cut(t, ".")
		if s, known := sizeOf(family, size); ok && known {
			return s, t, nil
		}
		if len(types) > 0 && t == types[len(types)-1] {
			break
		}
	}
	return Size{}, "", fmt.Errorf("no size is known for the instance types %s; use one like t3.small or m5.large", strings.Join(types, ", "))
}

func sizeOf(family, size string) (Size, bool) {
	if family == "" {
		return Size{}, false
	}
	if s, ok := small[size]; ok {
		return s, true
	}
	cpus := 2
	if size != "large" {
		n, ok := strings.CutSuffix(size, "xlarge")
		if !ok {
			return Size{}, false
		}
		times := 1
		if n != "" {
			var err error
			if times, err = strconv.Atoi(n); err != nil || times < 1 || times > 128 {
				return Size{}, false
			}
		}
		cpus = 4 * times
	}
	memory := 4 << 10
	switch family[0] {
	case 'c':
		memory = 2 << 10
	case 'r', 'x':
		memory = 8 << 10
	}
	return Size{cpus, cpus * memory}, true
}

// Clamp cuts a size down to what the host has and says whether it had to.
func (s Size) Clamp(host Size) (Size, bool) {
	c := Size{min(s.CPUs, host.CPUs), min(s.MemoryMiB, host.MemoryMiB)}
	return c, c != s
}

func (s Size) String() string { return fmt.Sprintf("%d vCPU, %d MiB", s.CPUs, s.MemoryMiB) }
