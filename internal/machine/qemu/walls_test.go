package qemu_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ingot/internal/machine/qemu"
)

// walls returns the rows of the table in docs/security.md: the words between backquotes
// by wall.
func walls(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## The walls of a virtual machine\n")
	if !ok {
		t.Fatal("docs/security.md has no section on the walls of a virtual machine")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string][]string{}
	word := regexp.MustCompile("`([^`]*)`")
	for line := range strings.Lines(section) {
		f := strings.Split(line, "|")
		if len(f) < 4 || strings.TrimSpace(f[1]) == "wall" || strings.HasPrefix(f[1], "-") {
			continue
		}
		var words []string
		for _, w := range word.FindAllStringSubmatch(f[2], -1) {
			words = append(words, w[1])
		}
		rows[strings.TrimSpace(f[1])] = words
	}
	return rows
}

// walled is a running QEMU to be checked.
type walled struct {
	*testing.T
	pid  int
	disk string
	dir  string // of the machine
}

// checkWalls compares a running QEMU with the table.
func checkWalls(t *testing.T, w walled) {
	w.T = t
	rows := walls(t)
	checks := map[string]func([]string){
		"user": w.user, "capabilities": w.status, "new privileges": w.status, "system calls": w.status,
		"namespaces": w.namespaces, "mounts": w.mounts, "devices": w.devices, "open files": w.open, "network": w.network, "limits": w.limits,
	}
	for name, check := range checks {
		if len(rows[name]) == 0 {
			t.Errorf("the table has no row for %s", name)
		}
		check(rows[name])
	}
	for name := range rows {
		if checks[name] == nil {
			t.Errorf("nothing checks the wall %q", name)
		}
	}
}

func (w walled) proc(name string) string { return fmt.Sprintf("/proc/%d/%s", w.pid, name) }

func (w walled) read(name string) string {
	w.Helper()
	text, err := os.ReadFile(w.proc(name))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// lines reads a file whose lines are a name, a separator and a value.
func (w walled) lines(name, separator string) map[string]string {
	w.Helper()
	all := map[string]string{}
	for line := range strings.Lines(w.read(name)) {
		key, value, _ := strings.Cut(line, separator)
		all[key] = strings.Join(strings.Fields(value), " ")
	}
	return all
}

// status compares lines of the process's status with want.
func (w walled) status(want []string) {
	w.Helper()
	has := w.lines("status", ":")
	for _, line := range want {
		key, value, _ := strings.Cut(line, ":")
		if got, ok := has[key]; !ok || got != strings.TrimSpace(value) {
			w.Errorf("%s is %q, want %q", key, got, value)
		}
	}
}

func (w walled) user(want []string) {
	w.Helper()
	user := strings.Fields(w.lines("status", ":")["Uid"])[0]
	var lines []string
	var limits []int
	for _, word := range want {
		if n, err := strconv.Atoi(word); err == nil {
			limits = append(limits, n)
			continue
		}
		lines = append(lines, strings.ReplaceAll(word, "USER", user))
	}
	w.status(lines)
	if n, err := strconv.Atoi(user); err != nil || len(limits) != 2 || n < limits[0] || n > limits[1] {
		w.Errorf("the user is %s, and not between %v", user, limits)
	}
}

func (w walled) namespaces(want []string) {
	w.Helper()
	all, err := os.ReadDir("/proc/self/ns")
	if err != nil {
		w.Fatal(err)
	}
	var own []string
	for _, n := range all {
		host, err := os.Readlink("/proc/self/ns/" + n.Name())
		if err != nil {
			w.Fatal(err)
		}
		theirs, err := os.Readlink(w.proc("ns/" + n.Name()))
		if err != nil {
			w.Fatal(err)
		}
		if host != theirs && !strings.HasSuffix(n.Name(), "_for_children") {
			own = append(own, n.Name())
		}
	}
	if !slices.Equal(own, want) {
		w.Errorf("namespaces of its own are %v, want %v", own, want)
	}
}

func (w walled) mounts(want []string) {
	w.Helper()
	program, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		w.Fatal(err)
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "QEMU", qemu.Home(program))
	}
	const place, options = 4, 5
	for line := range strings.Lines(w.read("mountinfo")) {
		f := strings.Fields(line)
		if !slices.Contains(want, f[place]) {
			w.Errorf("it sees %s", line)
		}
		for _, o := range []string{"ro", "nosuid"} {
			if !slices.Contains(strings.Split(f[options], ","), o) {
				w.Errorf("it sees %s without %s", f[place], o)
			}
		}
	}
	for _, none := range []string{"/proc", "/sys", "/etc/passwd", "/root", w.dir} {
		if _, err := os.Lstat(w.proc("root" + none)); !os.IsNotExist(err) {
			w.Errorf("%s is there: %v", none, err)
		}
	}
}

func (w walled) devices(want []string) {
	w.Helper()
	all, err := os.ReadDir(w.proc("root/dev"))
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range all {
		if !slices.Contains(want, d.Name()) {
			w.Errorf("it has the device %s", d.Name())
		}
	}
}

func (w walled) open(want []string) {
	w.Helper()
	for i, name := range want {
		want[i] = strings.NewReplacer("DISK", w.disk, "VARS", filepath.Join(w.dir, "qemu.vars"), "CONSOLE", "pipe:").Replace(name)
	}
	all, err := os.ReadDir(w.proc("fd"))
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range all {
		to, err := os.Readlink(w.proc("fd/" + f.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if !slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(to, w) }) {
			w.Errorf("it has open %s: %s", f.Name(), to)
		}
	}
}

func (w walled) network(want []string) {
	w.Helper()
	const heading = 2
	for i, line := range strings.Split(strings.TrimSpace(w.read("net/dev")), "\n") {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if i >= heading && !slices.Contains(want, name) && !standby(name) {
			w.Errorf("its network has the device %s", name)
		}
	}
}

// standby reports whether a device is one that some kernels make in every network, and
// down.
func standby(name string) bool {
	return slices.Contains([]string{"sit0", "tunl0", "gre0", "gretap0", "erspan0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"}, name)
}

func (w walled) limits(want []string) {
	w.Helper()
	info, err := os.Stat(w.disk)
	if err != nil {
		w.Fatal(err)
	}
	limits, groups := w.read("limits"), w.read("cgroup")
	for _, line := range want {
		name, value, isLimit := strings.Cut(line, ":")
		if !isLimit {
			if !inOwnGroup(groups, name, filepath.Base(w.dir)) {
				w.Errorf("it is in no group of its own for %s:\n%s", name, groups)
			}
			continue
		}
		value = strings.ReplaceAll(strings.TrimSpace(value), "DISK", fmt.Sprint(info.Size()))
		if !regexp.MustCompile(`(?m)^` + name + ` +` + value + ` +` + value + ` `).MatchString(limits) {
			w.Errorf("%s is not %s:\n%s", name, value, limits)
		}
	}
}

// inOwnGroup reports whether a process is in the machine's group of a controller.
func inOwnGroup(groups, controller, token string) bool {
	for line := range strings.Lines(groups) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if (f[1] == "" || slices.Contains(strings.Split(f[1], ","), controller)) && strings.HasPrefix(f[2], "/ingot/"+token+".qemu.") {
			return true
		}
	}
	return false
}
