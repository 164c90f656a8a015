package main

import (
	"encoding"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
)

// limits are the settings for how much of the host machines may use; serve applies them,
// doctor shows them.
type limits struct {
	builds     int
	memory     amount // reserved for the host
	overcommit float64
	pool       amount // reserved in the pool
	allowance  amount // of disk, for each machine
	keep       time.Duration
}

func (l *limits) flags(f *pflag.FlagSet) {
	l.memory, l.pool, l.allowance = amount{percent: 25}, amount{bytes: 2 << 30}, amount{bytes: 512 << 20}
	f.IntVar(&l.builds, "builds", 2, "machines of builds that run at the same time; machines that are kept are not among them")
	f.TextVar(&l.memory, "memory-reserve", &l.memory, "memory that machines leave to the host: a part like 25% or a size like 4GiB")
	f.Float64Var(&l.overcommit, "cpu-overcommit", 4, "how often each processor may be given to machines")
	f.TextVar(&l.pool, "pool-reserve", &l.pool, "space that builds leave free in the pool, never more than a quarter of it: a part or a size")
	f.TextVar(&l.allowance, "disk-allowance", &l.allowance, "space in the pool that is set aside for each machine: a size, or a part of the pool")
	f.DurationVar(&l.keep, "keep-machines", 24*time.Hour, "how long an instance is kept after a failure where terminateInstanceOnFailure is false")
}

// check refuses meaningless numbers.
func (l *limits) check() error {
	switch {
	case l.builds < 1:
		return fmt.Errorf("--builds is %d; it must be 1 or more", l.builds)
	case !(l.overcommit > 0) || math.IsInf(l.overcommit, 0):
		return fmt.Errorf("--cpu-overcommit is %v; it must be more than nothing", l.overcommit)
	case l.keep < 0:
		return fmt.Errorf("--keep-machines is %s; it must be 0 or more", l.keep)
	}
	return nil
}

// of returns what all machines of a host may take together, and what one may take.
func (l *limits) of(host instance.Size) (places.Limits, instance.Size) {
	cpus := max(1, int(float64(host.CPUs)*l.overcommit))
	memory := max(0, host.MemoryMiB-int(l.memory.of(int64(host.MemoryMiB)<<20)>>20))
	all := places.Limits{Turns: l.builds, CPUs: cpus, MemoryMiB: memory}
	return all, instance.Size{CPUs: min(host.CPUs, cpus), MemoryMiB: memory}
}

// smallest is the memory of the smallest instance type, in MiB.
const smallest = 512

// checks show the limits as numbers of this host.
func (l *limits) checks() []check {
	host, err := sizeOfHost()
	if err != nil {
		return []check{{"memory", err.Error(), "run it on Linux"}}
	}
	all, one := l.of(host)
	memory := check{"memory", fmt.Sprintf("%d MiB, of which machines may take %d MiB together (--memory-reserve %s)", host.MemoryMiB, all.MemoryMiB, &l.memory), ""}
	if one.MemoryMiB < smallest {
		memory.remedy = "a smaller --memory-reserve: the smallest instance has 512 MiB"
	}
	return []check{
		memory,
		{"processors", fmt.Sprintf("%d, of which machines may take %d virtual ones together (--cpu-overcommit %v)", host.CPUs, all.CPUs, l.overcommit), ""},
		{"disks", fmt.Sprintf("%s is set aside for each machine (--disk-allowance), or a sixteenth of a large disk; %s of the pool stay free (--pool-reserve), or a quarter of a small one", &l.allowance, &l.pool), ""},
		{"machines", fmt.Sprintf("%d of builds at the same time (--builds); kept ones end after %s (--keep-machines)", l.builds, l.keep), ""},
	}
}

// sizeOfHost returns the size of the host as the kernel reports it.
func sizeOfHost() (instance.Size, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return instance.Size{}, fmt.Errorf("reading the size of the host: %w", err)
	}
	memory := info.Totalram * uint64(info.Unit) >> 20
	return instance.Size{CPUs: runtime.NumCPU(), MemoryMiB: int(memory)}, nil
}

// amount is a percentage of something, or a size.
type amount struct {
	percent float64
	bytes   int64
}

var (
	_ encoding.TextUnmarshaler = (*amount)(nil)
	_ encoding.TextMarshaler   = (*amount)(nil)
)

// units are the units of an amount.
var units = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}}

// UnmarshalText reads an amount.
func (a *amount) UnmarshalText(text []byte) error {
	s := string(text)
	if number, part := strings.CutSuffix(s, "%"); part {
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 0 && n < 100) {
			return fmt.Errorf("%q is not between 0%% and 100%%", s)
		}
		*a = amount{percent: n}
		return nil
	}
	for _, u := range units {
		if number, its := strings.CutSuffix(s, u.name); its {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || !(n >= 0 && n < 1<<20) {
				return fmt.Errorf("%q is not a size", s)
			}
			*a = amount{bytes: int64(n * float64(u.bytes))}
			return nil
		}
	}
	return fmt.Errorf("%q is neither a part like 25%% nor a size like 4GiB or 512MiB", s)
}

// MarshalText writes an amount as it is read.
func (a *amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

func (a *amount) String() string {
	if a.percent > 0 {
		return strconv.FormatFloat(a.percent, 'f', -1, 64) + "%"
	}
	for _, u := range units {
		if a.bytes >= u.bytes {
			return strconv.FormatFloat(float64(a.bytes)/float64(u.bytes), 'f', -1, 64) + u.name
		}
	}
	return "0MiB"
}

// of returns the amount of a whole.
func (a *amount) of(whole int64) int64 {
	if a.percent > 0 {
		return int64(float64(whole) * a.percent / 100)
	}
	return a.bytes
}
