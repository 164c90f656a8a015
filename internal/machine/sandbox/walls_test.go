package sandbox_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ingot/internal/machine/sandbox"
)

// walls returns the table of docs/security.md: what each wall of a sandbox is, by name.
func walls(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## The walls of a sandbox\n")
	section, _, _ = strings.Cut(section, "\n## ")
	table := map[string]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "wall" {
			continue
		}
		table[strings.TrimSpace(cells[1])] = strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", "")
	}
	return table
}

// TestTheWallsOfASandboxAreThoseOfTheTable compares a live machine, seen from outside,
// with the table.
func TestTheWallsOfASandboxAreThoseOfTheTable(t *testing.T) {
	r := start(t)
	makeBoot(t, r.disk)
	r.launch()
	r.exec("systemctl is-system-running --wait || :")
	p := process{T: t, pid: sandbox.Leader(t, r.dir), dir: r.dir}
	want := walls(t)
	for name, look := range looks {
		if got := look(p); got != want[name] {
			t.Errorf("%s: it has\n%s\nand docs/security.md says\n%s", name, got, want[name])
		}
	}
	for name := range want {
		if looks[name] == nil {
			t.Errorf("nothing checks the wall %q of docs/security.md", name)
		}
	}
	r.sysctls()
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// sysctls has root inside mount /proc/sys for writing. Root inside may then write the
// values that docs/security.md names, and that does not change the host's.
func (r *running) sysctls() {
	r.Helper()
	before := hostSysctls(r.T)
	said := r.exec(`mount -o remount,rw,bind /proc/sys
cd /proc/sys
for name in $(find * -type f); do
	{ true >>$name; } 2>/dev/null && echo may write $name
done
for name in net/core/somaxconn user/max_user_namespaces; do
	value=$(($(cat $name) - 1))
	echo $value >$name && [ $(cat $name) = $value ] && echo changed $name
done`)
	var own []string
	text, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		r.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "\nNamespaced here are ")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, word := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(list, -1) {
		own = append(own, word[1])
	}
	for line := range strings.Lines(said) {
		name, is := strings.CutPrefix(strings.TrimSpace(line), "may write ")
		if is && !slices.ContainsFunc(own, func(pattern string) bool {
			ok, _ := filepath.Match(pattern, name)
			return ok || strings.HasPrefix(name, pattern+"/")
		}) {
			r.Errorf("root inside may write %s, of which docs/security.md says nothing", name)
		}
	}
	for _, name := range []string{"net/core/somaxconn", "user/max_user_namespaces"} {
		if !strings.Contains(said, "may write "+name) || !strings.Contains(said, "changed "+name) {
			r.Errorf("root inside has not changed %s: it printed\n%s", name, said)
		}
	}
	for name, value := range hostSysctls(r.T) {
		if value != before[name] {
			r.Errorf("%s of the host was %q and is %q", name, before[name], value)
		}
	}
}

// hostSysctls returns the host's values of the namespaced settings.
func hostSysctls(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"net/core/somaxconn", "user/max_user_namespaces", "kernel/hostname", "kernel/msgmax", "fs/mqueue/queues_max"} {
		text, _ := os.ReadFile("/proc/sys/" + name) // not every kernel has all of them
		all[name] = string(text)
	}
	return all
}

// process is process 1 of a machine, as the host sees it.
type process struct {
	*testing.T
	pid int
	dir string // folder of the machine
}

// looks return what the kernel shows of each wall.
var looks = map[string]func(process) string{
	"namespaces of its own":          func(p process) string { return p.namespaces(true) },
	"namespaces of the host":         func(p process) string { return p.namespaces(false) },
	"users and groups":               process.users,
	"capabilities that nobody has":   process.without,
	"system calls":                   func(p process) string { return map[string]string{"2": "filtered"}[p.status("Seccomp")] },
	"devices":                        process.devices,
	"memory":                         func(p process) string { return p.limit("memory", "memory.limit_in_bytes", "memory.max", 512<<20) },
	"processors":                     process.processors,
	"processes and threads":          func(p process) string { return p.value("pids", "pids.max", "pids.max") },
	"control groups":                 func(p process) string { return p.value("unified", "cgroup.max.descendants", "cgroup.max.descendants") },
	"file systems of the disk":       process.disk,
	"file systems of the host":       process.host,
	"what of the kernel it may read": process.readable,
	"network devices":                process.links,
}

func (p process) file(name string) string {
	p.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.pid, name))
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

func (p process) status(field string) string {
	for line := range strings.Lines(p.file("status")) {
		if name, value, _ := strings.Cut(line, ":"); name == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// namespaces returns those that are, or are not, the machine's own.
func (p process) namespaces(own bool) string {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/ns", p.pid))
	if err != nil {
		p.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_for_children") {
			continue
		}
		its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p.pid, e.Name()))
		hosts, herr := os.Readlink("/proc/self/ns/" + e.Name())
		if err := errors.Join(err, herr); err != nil {
			p.Fatal(err)
		}
		if (its != hosts) == own {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, ", ")
}

// users returns how many ids there are inside, if none of them exists on the host, else
// the map.
func (p process) users() string {
	var said []string
	for _, kind := range []string{"uid_map", "gid_map"} {
		var inside, outside, count int
		if n, err := fmt.Sscan(p.file(kind), &inside, &outside, &count); n != 3 || err != nil || inside != 0 || outside < 1<<19 {
			return p.file(kind)
		}
		said = append(said, strconv.Itoa(count))
	}
	if said[0] != said[1] {
		return strings.Join(said, " and ")
	}
	return said[0] + ", which are nobody on the host"
}

// capabilities in the order of their numbers.
var capabilities = strings.Fields(`chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
	net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct
	sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap
	mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore`)

// without returns the capabilities that no process inside can ever have.
func (p process) without() string {
	bound, err := strconv.ParseUint(p.status("CapBnd"), 16, 64)
	if err != nil {
		p.Fatal(err)
	}
	var names []string
	for i, name := range capabilities {
		if bound&(1<<i) == 0 {
			names = append(names, name)
		}
	}
	return strings.Join(slices.Sorted(slices.Values(names)), ", ")
}

// group returns the machine's folder in a hierarchy; on hosts with only v2 there is one.
func (p process) group(hierarchy string) string {
	p.Helper()
	for _, top := range []string{"/sys/fs/cgroup/" + hierarchy, "/sys/fs/cgroup"} {
		if found, _ := filepath.Glob(filepath.Join(top, "ingot", filepath.Base(p.dir)+".*")); len(found) == 1 {
			return found[0]
		}
	}
	p.Fatalf("the machine has no group in %s", hierarchy)
	return ""
}

// value returns a limit of v1 or of v2.
func (p process) value(hierarchy, v1, v2 string) string {
	for _, file := range []string{v1, v2} {
		if text, err := os.ReadFile(filepath.Join(p.group(hierarchy), file)); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	return ""
}

const ofItsType = "as many as its instance type says"

// limit compares a limit with what the machine was launched with.
func (p process) limit(hierarchy, v1, v2 string, asked int) string {
	if value := p.value(hierarchy, v1, v2); value != strconv.Itoa(asked) {
		return value
	}
	return "as much as its instance type says"
}

func (p process) processors() string {
	value := p.value("cpu", "cpu.cfs_quota_us", "cpu.max")
	if value, _, _ = strings.Cut(value, " "); value != "200000" {
		return value
	}
	return ofItsType
}

// devices returns the list of v1. On v2 there is a program instead, which cannot be
// listed.
func (p process) devices() string {
	list, err := os.ReadFile(filepath.Join(p.group("devices"), "devices.list"))
	if err != nil {
		p.Log("the devices are limited by a program, which cannot be read; TestEachWallHidesHostDevices tries it")
		return walls(p.T)["devices"]
	}
	return strings.Join(strings.Split(strings.TrimSpace(string(list)), "\n"), ", ")
}

// mount is a line of the table of mounts.
type mount struct{ point, flags, kind, source, options string }

func (p process) mounts() (all []mount) {
	for line := range strings.Lines(p.file("mountinfo")) {
		before, after, _ := strings.Cut(line, " - ")
		b, a := strings.Fields(before), strings.Fields(after)
		all = append(all, mount{b[4], b[5], a[0], a[1], a[2]})
	}
	return all
}

// has returns those of the flags that a mount has.
func (m mount) has(flags ...string) string {
	set := strings.Split(m.flags, ",")
	return strings.Join(slices.DeleteFunc(flags, func(f string) bool { return !slices.Contains(set, f) }), " ")
}

// kernels are file systems without files of the host.
var kernels = []string{"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"}

// isHosts reports whether a mount is of a file system of the host, such as one in memory
// that does not belong to the machine's root.
func (p process) isHosts(m mount) bool {
	own := m.kind == "tmpfs" && strings.Contains(m.options, "uid="+strings.Fields(p.file("uid_map"))[1])
	return !own && !slices.Contains(kernels, m.kind) && !slices.Contains(p.disks(), m.source)
}

// disks returns the devices of the machine's disk.
func (p process) disks() (devices []string) {
	for _, m := range p.mounts() {
		if m.point == "/" || m.point == "/boot" {
			devices = append(devices, m.source)
		}
	}
	return devices
}

func (p process) disk() string {
	var said []string
	for _, m := range p.mounts() {
		if slices.Contains(p.disks(), m.source) {
			said = append(said, m.point+" "+m.has("ro", "nosuid", "nodev", "noexec"))
		}
	}
	return strings.Join(said, ", ")
}

// host returns the visible mounts of the host's file systems. Of two mounts at one path
// the first is visible: nspawn's own copies are beneath it.
func (p process) host() string {
	seen := map[string]string{}
	for _, m := range p.mounts() {
		if _, is := seen[m.point]; !is && p.isHosts(m) {
			seen[m.point] = m.point + " " + m.has("ro", "nosuid", "nodev")
		}
	}
	return strings.Join(slices.Sorted(maps.Values(seen)), ", ")
}

// readOnly are the parts of /proc and /sys that act on the kernel; not every kernel has
// all of them.
var readOnly = []string{"/proc/acpi", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/sys"}

func (p process) readable() string {
	flags := map[string]string{}
	for _, m := range p.mounts() {
		flags[m.point] = m.has("ro")
	}
	for _, part := range readOnly {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/root%s", p.pid, part)); err == nil && flags[part] == "" {
			return part + " can be written to"
		}
	}
	return strings.Join(readOnly, ", ")
}

func (p process) links() string {
	var names []string
	for line := range strings.Lines(p.file("net/dev")) {
		if name, _, is := strings.Cut(strings.TrimSpace(line), ":"); is {
			names = append(names, strings.TrimRight(name, "0123456789"))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
