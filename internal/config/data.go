package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"ingot/internal/wholefile"
)

// Data is a data directory. It contains the database, the logs, and the pool: a folder
// on a file system that can share blocks between files, with machines, nodes and the
// blobs of every region.
type Data string

// DefaultData returns /var/lib/ingot for root and a folder in the home directory for
// others.
func DefaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/ingot"
	}
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		base = filepath.Join(os.Getenv("HOME"), ".local/share")
	}
	return filepath.Join(base, "ingot")
}

// Make makes the directory, readable only by its owner. It refuses a folder that others
// can read and that contains files that are not Ingot's, because it would close them to
// others.
func (d Data) Make() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	info, err := os.Stat(string(d))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("the data directory %s belongs to the user %d, who could replace its files: give it to the user %d, or name another with --data", d, owner.Uid, os.Geteuid())
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := d.refuseForeign(); err != nil {
			return err
		}
		if err := os.Chmod(string(d), 0o700); err != nil {
			return err
		}
	}
	return d.closeFiles()
}

// closeFiles removes the rights of everyone but the owner from the files in the folder
// and in that of the logs: databases and their copies hold the secrets of access keys,
// and a copy of the folder may not have its mode.
func (d Data) closeFiles() error {
	dir, err := filepath.EvalSymlinks(string(d))
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed by a server meanwhile
			return nil
		case err != nil:
			return err
		case e.IsDir() && filepath.Dir(path) == dir && path != Data(dir).Logs():
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(path, info.Mode().Perm()&0o700)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func (d Data) refuseForeign() error {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return fmt.Errorf("reading the data directory: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(notForeign, e.Name()) {
			return fmt.Errorf("%s holds %s, and would be closed to all but its owner: give --data a new or an empty folder, or close this one by chmod 700", d, e.Name())
		}
	}
	return nil
}

// notForeign lists files that a new folder may contain: the log that scripts/demo.sh
// begins, and what a file system makes itself.
var notForeign = []string{"serve.log", "lost+found"}

// Host returns the id of this host, with which rows name what is in this directory: its
// machines, the disks of its steps, the builds that wait on it. It is made once. A copy
// of the directory has the same id.
func (d Data) Host() (string, error) {
	file := filepath.Join(string(d), "host")
	id, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = d.makeHost(file); err == nil {
			id, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return "", fmt.Errorf("reading the id of this host: %w", err)
	}
	text := strings.TrimSpace(string(id))
	if !hostForm.MatchString(text) {
		return "", fmt.Errorf("%s does not hold the id of a host, which looks like h-0123456789abcdef", file)
	}
	return text, nil
}

var hostForm = regexp.MustCompile(`^h-[0-9a-f]{16}$`)

// makeHost makes an id and puts it on stable storage before any row can name it. Of
// processes that do so at the same time, one wins.
func (d Data) makeHost(file string) error {
	random := make([]byte, 8)
	rand.Read(random) // never fails
	f, err := os.CreateTemp(string(d), "host.*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "h-%x\n", random)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	folder, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Database returns the file of the SQLite database.
func (d Data) Database() string { return filepath.Join(string(d), "ingot.db") }

// Logs returns the folder of the images' logs.
func (d Data) Logs() string { return filepath.Join(string(d), "logs") }

// endpoint returns the file in which the server records its address.
func (d Data) endpoint() string { return filepath.Join(string(d), "endpoint") }

// SetEndpoint records the address of the server.
func (d Data) SetEndpoint(url string) error {
	return wholefile.Write(d.endpoint(), []byte(url+"\n"))
}

// Endpoint returns the address that the last server recorded, or the default.
func (d Data) Endpoint() string {
	text, err := os.ReadFile(d.endpoint())
	if err != nil {
		return "http://" + DefaultListen
	}
	return strings.TrimSpace(string(text))
}

// DefaultListen is where a server listens by default: only this host can reach it.
const DefaultListen = "127.0.0.1:7460"

// ErrLocked says that another server uses the data directory.
var ErrLocked = errors.New("another server uses this data directory")

// Lock keeps other servers from using the directory until the process ends.
func (d Data) Lock() error {
	f, err := os.OpenFile(filepath.Join(string(d), "lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // the lock is what was wanted
		return fmt.Errorf("%w (%s): end it, or give --data another folder", ErrLocked, d)
	}
	held = append(held, f)
	return nil
}

// held keeps the lock files open: the garbage collector would close them.
var held []*os.File
