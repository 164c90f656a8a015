package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"ingot/internal/artifact/disk"
	"ingot/internal/filelock"
)

// Local is a store in a folder: <hex>.raw with the bytes and <hex>.blocks with the
// digests. The bytes are written last, so that a blob with bytes is whole. Clones of the
// file at [Local.Path] take no space on the same file system.
type Local struct{ dir string }

var _ Store = (*Local)(nil)

// OpenLocal opens the store in a folder, which it makes if necessary.
func OpenLocal(dir string) (*Local, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Local{dir}, nil
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (l *Local) file(digest, suffix string) (string, error) {
	if !digestForm.MatchString(digest) {
		return "", fmt.Errorf("%q is not a digest", digest)
	}
	return filepath.Join(l.dir, strings.TrimPrefix(digest, "sha256:")+suffix), nil
}

// Path returns the file with the bytes of a blob. It must not be written to.
func (l *Local) Path(digest string) (string, error) {
	path, err := l.file(digest, ".raw")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", digest, ErrNotFound)
	} else if err != nil {
		return "", err
	}
	return path, nil
}

// exclusively calls do while no other writer of this folder, in any process, is at work.
// The lock of a process ends with it.
func (l *Local) exclusively(do func() error) error { return filelock.While(l.dir, do) }

// Put implements [Store].
func (l *Local) Put(ctx context.Context, file string, b disk.Blocks) error {
	return l.exclusively(func() error { return l.put(ctx, file, b) })
}

func (l *Local) put(ctx context.Context, file string, b disk.Blocks) error {
	if _, err := l.Path(b.Digest); !errors.Is(err, ErrNotFound) {
		return err
	}
	sums, err := l.file(b.Digest, ".blocks")
	if err != nil {
		return err
	}
	if err := b.Save(sums); err != nil {
		return fmt.Errorf("storing the digests of %s: %w", b.Digest, err)
	}
	return disk.Clone(ctx, file, strings.TrimSuffix(sums, ".blocks")+".raw")
}

// Fetch implements [Store].
func (l *Local) Fetch(ctx context.Context, digest, dst string) error {
	path, err := l.Path(digest)
	if err != nil {
		return err
	}
	return disk.Clone(ctx, path, dst)
}

// Blocks implements [Store].
func (l *Local) Blocks(digest string) (*disk.Blocks, error) {
	path, err := l.Path(digest)
	if err != nil {
		return nil, err
	}
	b, err := disk.LoadBlocks(strings.TrimSuffix(path, ".raw") + ".blocks")
	if err != nil {
		return nil, err
	}
	if b.Digest != digest {
		return nil, fmt.Errorf("the digests of %s are damaged: together they are %s", digest, b.Digest)
	}
	b.File = path
	return b, nil
}

// List implements [Store].
func (l *Local) List(context.Context) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(l.dir, "*.raw"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, f := range files {
		all = append(all, "sha256:"+strings.TrimSuffix(filepath.Base(f), ".raw"))
	}
	return all, nil
}

// Delete implements [Store].
func (l *Local) Delete(_ context.Context, digest string) error {
	return l.exclusively(func() error { return l.remove(digest) })
}

// remove deletes the bytes first: without them the blob does not exist. Then it deletes
// the digests and what killed writers left.
func (l *Local) remove(digest string) error {
	bytes, err := l.file(digest, ".raw")
	if err != nil {
		return err
	}
	rest, err := filepath.Glob(strings.TrimSuffix(bytes, ".raw") + ".*")
	if err != nil {
		return err
	}
	for _, path := range append([]string{bytes}, rest...) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
