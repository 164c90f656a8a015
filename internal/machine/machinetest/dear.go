package machinetest

// lives boots one machine and its copy, which uses the other firmware, several times.
// There is one boot for each way in which a machine can begin, and each ends in another
// way.
func (b *bench) lives() {
	spec := b.spec(b.Disk(b))
	spec.Tasks = 300
	b.plant(spec.Disk, "tmp/old")
	Plant(b, spec.Disk, "root")
	first := b.elsewhere(spec)
	first.isNew()
	first.devices()
	first.network()
	first.abilities()
	first.restart()
	first.write()
	dst := first.snapshotWhileWriting()
	b.checkDisk(dst, "etc/suite", "busy/first")
	first.exec("touch /busy/enough")

	second := first.goOn(dst, "uefi")
	second.exec("ls /sys/firmware/efi/efivars | grep -q ^Boot")
	first.exec("cat /tmp/file; sync") // the first still runs
	first.loseSupervisor()
	second.download() // the end of the first left the network of the second
	second.fillMemory()
	second.powerOff()
	second.isOff("etc/suite", "busy/first")

	again := b.launch(spec) // on a disk that was not unmounted
	if said := again.exec("cat /var/tmp/file"); said != "kept" {
		b.Errorf("the disk says %q", said)
	}
	again.forkForEver()
	b.checkDisk(spec.Disk, "etc/suite", "root/before")

	spec.Tasks = 0 // the default
	last := b.launch(spec)
	last.stop()
	last.isOff("etc/suite", "root/before")
}

// fillMemory fills the memory of a machine that has a kernel of its own.
func (g *guest) fillMemory() {
	g.Helper()
	if result := g.try("head -c 2G /dev/zero | tail"); result.ExitCode == 0 {
		g.Error("the machine has more memory than its limit")
	}
	g.exec("true") // the agent was not killed
}
