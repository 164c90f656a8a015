package main

import (
	"testing"

	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
)

func TestAmounts(t *testing.T) {
	for text, want := range map[string]int64{"25%": 256 << 20, "0%": 0, "0.5%": 5368709, "4GiB": 4 << 30, "1.5GiB": 3 << 29, "512MiB": 512 << 20, "1TiB": 1 << 40} {
		var a amount
		if err := a.UnmarshalText([]byte(text)); err != nil || a.of(1<<30) != want {
			t.Errorf("%s of a GiB is %d, %v", text, a.of(1<<30), err)
		}
		var again amount
		if err := again.UnmarshalText([]byte(a.String())); err != nil || again != a {
			t.Errorf("%s is written as %s, which is %+v, %v", text, &a, again, err)
		}
	}
	for _, bad := range []string{"", "4", "GiB", "-1GiB", "100%", "NaN%", "InfGiB", "4GB", "9999999999TiB"} {
		if err := new(amount).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is an amount", bad)
		}
	}
}

func TestLimitsOfAHost(t *testing.T) {
	host := instance.Size{CPUs: 2, MemoryMiB: 24 << 10}
	for _, c := range []struct {
		limits
		all places.Limits
		one instance.Size
	}{
		{limits{builds: 2, memory: amount{percent: 25}, overcommit: 4}, places.Limits{Turns: 2, CPUs: 8, MemoryMiB: 18 << 10}, instance.Size{CPUs: 2, MemoryMiB: 18 << 10}},
		{limits{builds: 1, memory: amount{bytes: 4 << 30}, overcommit: 0.5}, places.Limits{Turns: 1, CPUs: 1, MemoryMiB: 20 << 10}, instance.Size{CPUs: 1, MemoryMiB: 20 << 10}},
		{limits{builds: 1, memory: amount{bytes: 1 << 40}, overcommit: 0.1}, places.Limits{Turns: 1, CPUs: 1}, instance.Size{CPUs: 1}},
	} {
		if all, one := c.of(host); all != c.all || one != c.one {
			t.Errorf("%+v: %+v, %+v", c.limits, all, one)
		}
	}
}
