package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"ingot/internal/artifact/disk"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/supervise"
)

// Destroy implements [machine.Backend]. It does nothing to a machine of another backend.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := supervise.Folder(b.Dir, token)
	if err != nil {
		return err
	}
	if kind.Foreign(dir) {
		return nil
	}
	id, _ := loadIdentity(dir) // the file may be missing
	if kind.Alive(dir) {
		_ = thawLeftOver(ctx, dir) // so that it can shut down; else it is thawed below
		askToEnd(ctx, dir)         // else it is killed below
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := b.removeDead(ctx, dir, id.Disk); err != nil {
		return fmt.Errorf("destroying machine %s: %w", token, err)
	}
	return nil
}

// askToEnd orders the supervisor of a machine to kill it, if it takes orders.
func askToEnd(ctx context.Context, dir string) {
	quick, cancelQuick := context.WithTimeout(ctx, supervise.OrderTime)
	defer cancelQuick()
	if kind.AwaitControl(quick, dir) != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	_ = kind.Await(bounded, dir, orderKill)
}

// removeDead removes what is left of a machine, and kills its supervisor if it is alive.
// It holds the lock, so that nobody can launch the machine meanwhile.
func (b *Backend) removeDead(ctx context.Context, dir, file string) error {
	bounded, cancel := context.WithTimeout(ctx, supervise.KillTime)
	defer cancel()
	if err := kind.End(bounded, dir); err != nil {
		return err
	}
	lock, err := awaitLock(ctx, kind.File(dir, supervise.Lock))
	if err == nil {
		defer lock.Close()
	} else if !errors.Is(err, os.ErrNotExist) { // the kernel may have something without a folder
		return err
	}
	if err := release(ctx, dir, file); err != nil {
		return err
	}
	return folder.RemoveAll(dir)
}

// Tokens implements [machine.Backend].
func (b *Backend) Tokens(context.Context) ([]string, error) {
	looped, err := b.looped()
	if err != nil {
		return nil, fmt.Errorf("listing what is left of machines: %w", err)
	}
	return kind.Tokens(b.Dir, looped...)
}

// below returns the first part of a path below the machines' folder.
func (b *Backend) below(path string) string {
	rest, ok := strings.CutPrefix(path, b.Dir+"/")
	if !ok {
		return ""
	}
	token, _, _ := strings.Cut(rest, "/")
	return token
}

// looped returns the tokens of the machines whose disks have loop devices.
func (b *Backend) looped() (tokens []string, err error) {
	loops, err := disk.LoopsOn(b.Dir)
	for _, l := range loops {
		tokens = append(tokens, b.below(l.File()))
	}
	return tokens, err
}
