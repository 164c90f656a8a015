// Package bench_test measures whole builds beside their floors: the same work done
// by hand, or the best peer, in the same run. docs/performance.md holds the table.
package bench_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/parent/parenttest"
	"ingot/internal/machine"
	"ingot/internal/machine/qemu"
	"ingot/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

// The recipe of the table: nginx and two files, no reboot.
const nginx = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Install
        action: ExecuteBash
        inputs:
          commands:
            - set -e
            - export DEBIAN_FRONTEND=noninteractive
            - apt-get update -q
            - apt-get install -q -y --no-install-recommends nginx
`

func fileDocument(path, content string) string {
	return fmt.Sprintf(`schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Write
        action: CreateFile
        inputs:
          - path: %s
            content: %s
`, path, content)
}

// site is a server with the components of the table.
type site struct {
	*rig.Server
	b      *testing.B
	infra  string
	made   int
	parent int64     // bytes of the parent's disk in the pool
	fixed  []string  // nginx and the first file
	copied []float64 // seconds that a copy took of the disk of a machine alone
}

func newSite(b *testing.B) *site {
	rig.NeedAWS(b)
	s := &site{Server: rig.New(b), b: b}
	s.parent = allocated(b, parenttest.Disk(b))
	s.infra = s.Infrastructure("bench")
	s.fixed = []string{s.Component("nginx", "1.0.0", nginx), s.Component("one", "1.0.0", fileDocument("/etc/one", "one"))}
	return s
}

// build makes an image whose last file has the content, and gives the seconds from
// the call to AVAILABLE as the API tells them.
func (s *site) build(content, cache string, tests bool) (arn string, seconds float64) {
	s.b.Helper()
	s.made++
	version := fmt.Sprintf("1.0.%d", s.made)
	last := s.Component("two", version, fileDocument("/etc/two", content))
	recipe := rig.Recipe{Name: "bench", Version: version, Components: append(s.fixed[:2:2], last)}
	if cache != "" {
		recipe.Tags = map[string]string{"ingot:cache": cache}
	}
	arn = s.CreateImage(s.MakeRecipe(recipe), s.infra, "", tests)
	s.Available(arn)
	return arn, s.Seconds(arn)
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// rounds is how often each figure is taken; the median counts.
const rounds = 3

// BenchmarkTable prints the whole table, each figure beside its floor; -bench
// Table/space prints one row.
func BenchmarkTable(b *testing.B) {
	s := newSite(b)
	for _, row := range []struct {
		name    string
		measure func()
	}{{"clean", s.clean}, {"changed", s.changed}, {"boundary", s.boundary}, {"space", s.space}, {"rest", s.rest}} {
		b.Run(row.name, func(b *testing.B) {
			s.b = b
			for b.Loop() {
				row.measure()
			}
		})
	}
}

func (s *site) row(what string, got float64, unit, must, floor string) {
	fmt.Printf("| %s | %s | %.3g %s | %s |\n", what, must, got, unit, floor)
}

// clean is a build with nothing cached, without and with its test, beside the same
// commands in a plain chroot and the boot of the same disk.
func (s *site) clean() {
	var off, hand []float64
	for range rounds {
		_, seconds := s.build("clean", "off", false)
		off = append(off, seconds)
		hand = append(hand, s.chroot())
	}
	install := s.ran("nginx/build/Install")
	s.row("CreateImage → AVAILABLE, nginx and two files, tests off, nothing cached", median(off), "s", "≤ 8 s",
		fmt.Sprintf("%.1f s: the same commands in a plain chroot; %.1f s: their part in the build, under systemd%s", median(hand), install, s.peer()))
	arn, tested := s.build("tested", "off", true)
	boot := s.boot(arn)
	s.row("the same with its test by boot", tested, "s", fmt.Sprintf("≤ %.1f s", median(off)+1.3*boot),
		fmt.Sprintf("%.1f s: the same disk by hand, power on to the agent's first word to power off", boot))
}

// peer says what the same job takes with the nearest other tool, or nothing.
func (s *site) peer() string {
	seconds, err := peer(s.b)
	if err != nil {
		s.b.Logf("no figure of the peer: %v", err)
		return ""
	}
	return fmt.Sprintf("; peer: %.1f s by virt-customize, services not started", seconds)
}

// boot takes the image's disk from power on over the agent's first word to power off.
func (s *site) boot(arn string) float64 {
	file := filepath.Join(s.b.TempDir(), "disk.raw")
	s.Ingot("image", "export", s.AMIs(arn)[rig.Region], "--format", "raw", "-o", file)
	return s.life(backend(s.b), file, func(machine.Machine) error { return nil })
}

// backend makes virtual machines by hand, with KVM where the server's have it.
func backend(b *testing.B) *qemu.Backend {
	q, err := qemu.New(qemu.Config{
		Dir: b.TempDir(), Agent: filepath.Join(rig.Bin(b), "ingot-agent"), Helper: []string{filepath.Join(rig.Bin(b), "ingot"), "helper"},
		Guest: func(context.Context) (string, error) { return parenttest.Disk(b), nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	return q
}

// changed is a build of which only the last component differs.
func (s *site) changed() {
	s.build("first", "", false)
	var all, alone []float64
	for i := range 5 {
		_, seconds := s.build("changed"+strconv.Itoa(i), "", false)
		bare, copied := s.bare()
		all, alone, s.copied = append(all, seconds), append(alone, bare), append(s.copied, copied)
	}
	s.row("only the last component changed, tests off", median(all), "s", "≤ 2 s",
		fmt.Sprintf("%.2f s: a machine alone: clone, systemd up, copy, power off, check", median(alone)))
}

// boundary reads the step boundaries and seals of all builds from their logs.
func (s *site) boundary() {
	if len(s.copied) == 0 {
		s.build("boundary", "", false)
		_, copied := s.bare()
		s.copied = append(s.copied, copied)
	}
	var boundaries, seals []float64
	for line := range strings.Lines(s.allLogs()) {
		var ms float64
		if _, after, ok := strings.Cut(line, "kept as node "); ok {
			if _, err := fmt.Sscanf(after[strings.Index(after, " in ")+4:], "%f ms", &ms); err == nil {
				boundaries = append(boundaries, ms)
			}
		}
		if _, after, ok := strings.Cut(line, "sealed and stored as "); ok {
			var seconds float64
			if _, err := fmt.Sscanf(after[strings.Index(after, " in ")+4:], "%f s", &seconds); err == nil {
				seals = append(seals, seconds)
			}
		}
	}
	if len(boundaries) == 0 || len(seals) == 0 {
		s.b.Fatal("the logs name no step boundary and no seal")
	}
	s.row("step boundary (sync, freeze, clone, thaw)", median(boundaries), "ms", "≤ 100 ms", fmt.Sprintf("%.0f ms: the same of a machine on which nothing was written", 1000*median(s.copied)))
	s.row("seal and store", median(seals), "s", "≤ 1 s", "")
}

// ran is the median of the seconds that a step of a component took in all builds.
func (s *site) ran(step string) float64 {
	var all []float64
	for line := range strings.Lines(s.allLogs()) {
		var seconds float64
		if _, after, ok := strings.Cut(line, step+": step success after "); ok {
			if _, err := fmt.Sscanf(after, "%f s", &seconds); err == nil {
				all = append(all, seconds)
			}
		}
	}
	if len(all) == 0 {
		s.b.Fatalf("no log has the step %s", step)
	}
	return median(all)
}

func (s *site) allLogs() string {
	var all strings.Builder
	for i := 1; i <= s.made; i++ {
		all.WriteString(s.Ingot("logs", fmt.Sprintf("arn:aws:imagebuilder:%s:%s:image/bench/1.0.%d/1", rig.Region, rig.Account, i)))
	}
	return all.String()
}

// space is what 20 versions that differ in one small file take, their parent included.
func (s *site) space() {
	empty := s.used() - s.parent
	s.fixed[0] = s.Component("nginx", "1.0.1", nginx+"# as no build before\n")
	s.build("space", "", false)
	one := s.used() - empty
	const further = 19
	for i := range further {
		s.build("space"+strconv.Itoa(i), "", false)
	}
	all := s.used() - empty
	s.row("disk space of 20 versions that differ in one small file", float64(all)/float64(one), "× one", "≤ 1.2 ×",
		fmt.Sprintf("one version with its parent: %d MiB; each further: %.1f MiB", one>>20, float64(all-one)/further/(1<<20)))
}

// used is the space that the pool's files take.
func (s *site) used() int64 {
	out, err := exec.Command("df", "--output=used", "-B1", filepath.Join(s.Data, "pool")).Output()
	if err != nil {
		s.b.Fatal(err)
	}
	fields := strings.Fields(string(out))
	n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64)
	if err != nil {
		s.b.Fatal(err)
	}
	return n
}

// allocated is what a file takes of its file system.
func allocated(b *testing.B, file string) int64 {
	var st unix.Stat_t
	if err := unix.Stat(file, &st); err != nil {
		b.Fatal(err)
	}
	return st.Blocks * 512
}

// restTime is how long the server is watched while nothing happens. The kernel counts its
// time in hundredths of a second, of which it takes less than one in a second.
const restTime = time.Minute

// rest is what a server takes that has nothing to do.
func (s *site) rest() {
	memory, before := s.Process()
	time.Sleep(restTime)
	_, after := s.Process()
	s.row("server at rest, resident", float64(memory)/(1<<20), "MB", "≤ 60 MB", "")
	s.row("idle CPU", 100*(after-before).Seconds()/restTime.Seconds(), "%", "≤ 1 %", "")
}
