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

// Destroy ends what is left of a machine. It leaves the folder alone when the
// machine in it is another backend's.
func (b *Backend) Destroy(ctx context.Context, token string) error {
	dir, err := supervise.Folder(b.Dir, token)
	if err != nil {
		return err
	}
	if kind.Foreign(dir) {
		return nil
	}
	id, _ := loadIdentity(dir) // there may be none
	if kind.Alive(dir) {
		_ = thawLeftOver(ctx, dir) // so that it can end in order; else it is thawed below
		askToEnd(ctx, dir)         // what does not follow is killed below
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := b.removeDead(ctx, dir, id.Disk); err != nil {
		return fmt.Errorf("destroying machine %s: %w", token, err)
	}
	return nil
}

// askToEnd has the supervisor of a machine end it at once, if it takes orders.
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

// removeDead removes what is left of a machine, whose supervisor is killed if it still
// lives. Nobody can launch the machine meanwhile.
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

// Tokens lists the machines of which the kernel or the folder still has something.
func (b *Backend) Tokens(context.Context) ([]string, error) {
	looped, err := b.looped()
	if err != nil {
		return nil, fmt.Errorf("listing what is left of machines: %w", err)
	}
	return kind.Tokens(b.Dir, looped...)
}

// below gives the first part of a path below the machines' folder.
func (b *Backend) below(path string) string {
	rest, ok := strings.CutPrefix(path, b.Dir+"/")
	if !ok {
		return ""
	}
	token, _, _ := strings.Cut(rest, "/")
	return token
}

// looped lists the machines whose disks have loop devices.
func (b *Backend) looped() (tokens []string, err error) {
	loops, err := disk.LoopsOn(b.Dir)
	for _, l := range loops {
		tokens = append(tokens, b.below(l.File()))
	}
	return tokens, err
}
