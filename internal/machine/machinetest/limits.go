package machinetest

import (
	"context"
	"strconv"
	"strings"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
)

func (b *bench) memory() {
	spec := b.spec(b.Disk(b))
	spec.MemoryMiB = 256
	g := b.launch(spec)
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	go g.hog(ctx)
	exit := g.ended(machine.OutOfMemory)
	if !strings.Contains(exit.Detail, "256 MiB") {
		b.Errorf("the sentence %q does not name the limit", exit.Detail)
	}
}

func (b *bench) tasks() {
	spec := b.spec(b.Disk(b))
	spec.Tasks = 300
	g := b.launch(spec)
	g.forkForEver()
	b.checkDisk(spec.Disk)
}

// forkForEver makes a machine fork for ever and stops it.
func (g *guest) forkForEver() {
	g.Helper()
	g.exec(`setsid bash -c 'f() { f | f & }; f' >/dev/null 2>&1 </dev/null &`)
	ctx, cancel := context.WithTimeout(g.ctx, 5*time.Second)
	defer cancel()
	start := time.Now()
	if err := g.Stop(ctx); err != nil && !isExit(err, machine.Killed) {
		g.Errorf("stopping a machine that forks for ever: %v", err)
	}
	g.Logf("stopped after %v", time.Since(start).Round(time.Millisecond))
}

// groups lets a machine make control groups as its systemd does, more than it may, in every
// hierarchy in which it can. Where the kernel cannot refuse them the machine is ended.
func (b *bench) groups() {
	g := b.launch(b.spec(b.Disk(b)))
	const flood = `set -e
in_hierarchy() { cd $2$(sed -n "s,^[0-9]*:$1:,,p" /proc/self/cgroup); mkdir flood; cd flood; seq 30000 | xargs mkdir 2>/dev/null || ls -d */ | wc -l; }
`
	made := g.exec(flood + "if [ -d /sys/fs/cgroup/unified ]; then in_hierarchy '' /sys/fs/cgroup/unified; else in_hierarchy '' /sys/fs/cgroup; fi")
	if n, err := strconv.Atoi(made); err != nil || n > cgroup.MaxGroups {
		b.Errorf("in v2 it made %q groups", made)
	}
	if g.try("test -d /sys/fs/cgroup/systemd").ExitCode != 0 {
		return
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	go func() {
		_, _ = g.agent.Exec(ctx, protocol.Exec{ID: "flood", Script: flood + "in_hierarchy name=systemd /sys/fs/cgroup/systemd; sleep infinity"}, nil)
	}()
	if exit := g.ended(machine.OutOfGroups); !strings.Contains(exit.Detail, "10000 control groups") {
		b.Errorf("the sentence %q does not name the limit", exit.Detail)
	}
}

func (b *bench) deaf() {
	g := b.launch(b.spec(b.Disk(b)))
	g.exec(`cat >/run/systemd/system/deaf.service <<'END'
[Service]
ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'
TimeoutStopSec=600
END
systemctl start deaf`)
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	if err := g.Stop(ctx); !isExit(err, machine.Killed) {
		b.Errorf("stopping gave %v", err)
	}
	b.checkDisk(g.spec.Disk)
}
