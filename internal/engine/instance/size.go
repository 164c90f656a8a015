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

// Choice is the size of an instance and how it was chosen.
type Choice struct {
	Size
	Type string
	Cut  bool // it is smaller than the type
}

// Choose takes the first instance type that it knows and that is not larger than the host
// allows. Processors are cut to what the host has, which makes an instance slower; memory
// is not, because builds fail with too little. Then the error has the numbers, and the
// choice has what the host allows, for builds that have begun. Without types an instance
// has the default type, or what the host allows.
func Choose(types []string, host Size) (Choice, error) {
	if len(types) == 0 {
		size, _ := sizeOf(defaultType)
		return cut(defaultType, size, host), nil
	}
	large := Choice{}
	var asked Size
	for _, t := range types {
		size, known := sizeOf(t)
		switch {
		case known && size.MemoryMiB <= host.MemoryMiB:
			return cut(t, size, host), nil
		case known && large.Type == "":
			large, asked = cut(t, size, host), size
		}
	}
	if large.Type == "" {
		return Choice{}, fmt.Errorf("no size is known for the instance types %s; use one like t3.small or m5.large", strings.Join(types, ", "))
	}
	return large, fmt.Errorf("the instance type %s has %d MiB of memory, and an instance may have %d MiB on this host; choose a smaller type in instanceTypes of the infrastructure configuration, or start the server with a smaller --memory-reserve",
		large.Type, asked.MemoryMiB, host.MemoryMiB)
}

// cut returns the choice of a type on a host.
func cut(name string, size, host Size) Choice {
	given := Size{min(size.CPUs, host.CPUs), min(size.MemoryMiB, host.MemoryMiB)}
	return Choice{given, name, given != size}
}

// sizeOf reads an instance type as EC2 sizes them: 4 GiB a vCPU in the general
// families, half of that in c, double in r and x.
func sizeOf(name string) (Size, bool) {
	family, size, ok := strings.Cut(name, ".")
	if !ok || family == "" {
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

func (s Size) String() string { return fmt.Sprintf("%d vCPU, %d MiB", s.CPUs, s.MemoryMiB) }
