package machinetest

import (
	"context"
	"strings"
	"time"

	"ingot/internal/machine"
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
