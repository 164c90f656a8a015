package machinetest

// Ability is something that a component may try.
type Ability struct {
	Name   string
	Script string
	// Refused lists the backends that cannot do it.
	Refused []string
}

// Abilities are what differs between backends, or could. docs/differences.md has the same
// table.
var Abilities = []Ability{
	{"a sysctl of the network", "sysctl -qw net.ipv4.tcp_fin_timeout=50", nil},
	{"another sysctl", "sysctl -qw vm.swappiness=11", sandboxes},
	{"a device node", "mknod /root/node c 1 3", sandboxes},
	{"an immutable file", "touch /root/still && chattr +i /root/still && chattr -i /root/still", sandboxes},
	{"a loop mount", "mkdir -p /root/loop && truncate -s 8M /root/loop.img && mkfs.ext4 -q /root/loop.img && mount -o loop /root/loop.img /root/loop && umount /root/loop", sandboxes},
	{"a kernel module", "modprobe dummy", sandboxes},
	{"the clock", `date -s "$(date)"`, sandboxes},
	{"a tmpfs mount", "mkdir -p /root/tmpfs && mount -t tmpfs none /root/tmpfs && umount /root/tmpfs", nil},
	{"the host name", "hostname other && hostname suite", nil},
	{"a service", "systemctl restart cron && systemctl is-active cron", nil},
	{"a port below 1024", "timeout 5 python3 -c 'import socket; socket.socket().bind((\"\", 80))'", nil},
	{"other owners", "touch /root/owned && chown 1234:1234 /root/owned && chmod 4755 /root/owned", nil},
}

var sandboxes = []string{"sandbox"}

// abilities tries every row of the table.
func (g *guest) abilities() {
	g.Helper()
	for _, a := range Abilities {
		result := g.try("PATH=$PATH:/usr/sbin:/sbin\n" + a.Script)
		refused := false
		for _, r := range a.Refused {
			refused = refused || r == g.Kind
		}
		if (result.ExitCode != 0) != refused {
			g.Errorf("%s: refused should be %v, status %d: %s", a.Name, refused, result.ExitCode, result.Stderr)
		}
	}
}
