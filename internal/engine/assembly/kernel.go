package assembly

import (
	"context"
	"fmt"
	"time"

	"ingot/internal/engine/command"
	"ingot/internal/engine/nodes"
	"ingot/internal/engine/script"
)

// kernelPaths are the paths that a sandbox must not change: hooks would write the host's
// command line and kernel version into the image.
var kernelPaths = []string{"/boot", "/lib/modules", "/usr/lib/modules"}

// onKernelBackend reports whether the build runs on a real machine only because a
// component changes kernels or bootloader.
func (b *assembly) onKernelBackend() bool {
	return b.live.Row.Backend == b.KernelBackend && b.BuildBackend() != b.KernelBackend
}

// discardAndRerun discards what the sandbox did to kernels or bootloader, and moves the
// build to a real machine, on the node before the component, to run it again.
func (b *assembly) discardAndRerun(ctx context.Context, i int) error {
	b.note("component %d (%s) changed kernels or bootloader in the sandbox; that is discarded and it is run again on %s",
		i+1, b.decisions[i].Component, b.KernelBackend)
	return b.relaunch(ctx, b.KernelBackend, b.at().Since)
}

// updateBoot writes the boot configuration anew if the image has the programs for it, and
// returns the fingerprint after that.
func (b *assembly) updateBoot(ctx context.Context, i int) (fingerprint string, err error) {
	if err := command.Script(ctx, b.Call, b.live, fmt.Sprintf("update-grub-%d", i+1), script.UpdateBoot(), nil); err != nil {
		return "", err
	}
	return b.live.Agent.Fingerprint(ctx, kernelPaths)
}

// keepAndReturn keeps the disk that the real machine made as the node of component i, and
// continues on it in a sandbox.
func (b *assembly) keepAndReturn(ctx context.Context, i int, began time.Time) error {
	if err := b.live.Machine.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the machine after component %d: %w", i+1, err)
	}
	made := nodes.OfComponent(b.Plan, i, b.at().Key, b.KernelBackend)
	if err := b.Nodes.StoreDisk(ctx, b.Plan, b.live, made, b.Host.DiskOf(b.live.Row.Token)); err != nil {
		return err
	}
	b.advance(i, made.Key(), began)
	return b.relaunch(ctx, b.BuildBackend(), b.at().Since)
}
