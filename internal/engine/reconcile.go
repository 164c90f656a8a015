package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/artifact/disk"
	"ingot/internal/store"
)

// Reconcile makes the host agree with the rows: it ends images whose build is gone,
// terminates instances of images that have ended, destroys machines in the kernel's lists
// that no instance has, and removes partly written files. Backends thaw first.
func (e *Engine) Reconcile(ctx context.Context) error {
	return errors.Join(e.endOrphans(ctx), e.terminateInstances(ctx), e.destroyUnknown(ctx), e.removeParts(ctx))
}

// endOrphans fails images in progress that have no recorded build.
func (e *Engine) endOrphans(ctx context.Context) error {
	images, err := store.ImagesInProgress(ctx, e.Store.DB())
	if err != nil {
		return err
	}
	for _, arn := range images {
		known, err := e.runner.InProgress(arn)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		e.Logger.Warn("failing an image whose build is gone", "image", arn)
		if err := e.endImage(ctx, arn, ending{ingot.Failed, "The build of this image is gone; start it again."}, ingot.Failed.Before()...); err != nil {
			return err
		}
	}
	return nil
}

// terminateInstances terminates the instances of images that have ended, except those
// that are kept for a person.
func (e *Engine) terminateInstances(ctx context.Context) (faults error) {
	e.ends.Lock()
	defer e.ends.Unlock()
	all, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	if err != nil {
		return err
	}
	for _, i := range all {
		if (i.Status == "" || i.Status.Terminal()) && !kept(i) {
			faults = errors.Join(faults, e.Build.Host.Terminate(ctx, i.Account, i.Region, i.ID))
		}
	}
	return faults
}

func status(i *imagebuilder.Image) ingot.Status {
	if i.State == nil {
		return ""
	}
	return ingot.Status(i.State.Status)
}

// destroyUnknown destroys machines that no instance has.
func (e *Engine) destroyUnknown(ctx context.Context) (faults error) {
	all, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, i := range all {
		known[i.Token] = true
	}
	for name, b := range e.Build.Host.Backends {
		tokens, err := b.Tokens(ctx)
		if err != nil {
			faults = errors.Join(faults, fmt.Errorf("listing the machines of %s: %w", name, err))
		}
		for _, token := range tokens {
			if known[token] {
				continue
			}
			e.Logger.Warn("destroying a machine that no instance has", "backend", name, "token", token)
			if err := b.Destroy(ctx, token); err != nil {
				faults = errors.Join(faults, fmt.Errorf("destroying the machine %s: %w", token, err))
			}
		}
	}
	return faults
}

// removeParts removes partly written disks of nodes and the files that Config.PartFiles
// names. The name of a clone that waits for its check has the token of its machine; the
// clone stays while that has an instance.
func (e *Engine) removeParts(ctx context.Context) error {
	all, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	if err != nil {
		return err
	}
	nodes := filepath.Join(e.Build.Nodes.Dir, "*.raw.*")
	files, err := matches(append([]string{nodes}, e.PartFiles...))
	if err != nil {
		return err
	}
	loops, err := loopsOn(nodes)
	if err != nil || len(files)+len(loops) == 0 {
		return err
	}
	held, err := heldFiles()
	if err != nil {
		return err
	}
	inUse := func(f string) bool { return carriesAny(f, all) || held.below(f) }
	for _, l := range loops {
		if !inUse(l.File()) {
			err = errors.Join(err, l.Detach())
		}
	}
	for _, f := range files {
		if !inUse(f) {
			err = errors.Join(err, os.RemoveAll(f))
		}
	}
	return err
}

// loopsOn lists the loop devices on files that match the pattern. A process that was
// killed while it made a disk leaves its device; the file may be gone.
func loopsOn(pattern string) (some []disk.Loop, err error) {
	all, err := disk.LoopsOn(filepath.Dir(pattern))
	for _, l := range all {
		if match, _ := filepath.Match(pattern, l.File()); match { // the pattern is right
			some = append(some, l)
		}
	}
	return some, err
}

func matches(patterns []string) (files []string, err error) {
	for _, p := range patterns {
		some, err := filepath.Glob(p)
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	return files, nil
}

func carriesAny(file string, all []store.Instance) bool {
	for _, i := range all {
		if strings.HasSuffix(file, "."+i.Token) {
			return true
		}
	}
	return false
}
