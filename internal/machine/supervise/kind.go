// Package supervise has what the supervisors of all backends have in common: how they are
// started, ended, and given orders. What an order does is up to each backend.
//
// A supervisor holds the lock of its machine until it ends. The key of a machine is its
// name in lists of the host, such as control groups.
//
// Terms:
//
//   - kind: a backend's sort of supervisor; its name begins the names of its files in
//     the folder of a machine.
//   - order: the first line of a connection to a supervisor: what the connection is for.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"ingot/internal/filelock"
	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/network"
)

// Kind is a backend's sort of supervisor.
type Kind struct {
	Name    string // of the backend, of its files, and of the helper's command
	Scope   string // separates the token from the hash of the folder in keys
	Running string // the line that it writes when its machine runs
	NoExit  string // detail of the end of a machine without an exit file
}

// Files of a supervisor in the folder of its machine, by the suffixes of their names.
const (
	Identity = "json" // what the machine was launched as
	Lock     = "lock" // held by the supervisor while it lives
	Socket   = "sock" // takes orders
	Exit     = "exit" // how the machine ended
	Log      = "log"  // output of the supervisor
)

// File returns the path of a file of the supervisor.
func (k Kind) File(dir, end string) string { return filepath.Join(dir, k.Name+"."+end) }

var tokenForm = regexp.MustCompile(`^[a-z0-9-]{3,40}$`)

// Folder returns the folder of the machine that has a token.
func Folder(machines, token string) (string, error) {
	if !tokenForm.MatchString(token) {
		return "", fmt.Errorf("%q cannot name a machine: it takes 3 to 40 of a-z, 0-9 and -", token)
	}
	return filepath.Join(machines, token), nil
}

// Key returns the key of a machine: its token, and what distinguishes its folder from
// those of other servers and other kinds.
func (k Kind) Key(dir string) string { return filepath.Base(dir) + k.scope(filepath.Dir(dir)) }

func (k Kind) scope(machines string) string {
	h := fnv.New32a()
	h.Write([]byte(machines))
	return fmt.Sprintf("%s%08x", k.Scope, h.Sum32())
}

// Save saves the identity of a machine: what it was launched as.
func (k Kind) Save(dir string, identity any) error {
	return folder.Save(k.File(dir, Identity), identity)
}

// Load reads the identity of a machine.
func (k Kind) Load(dir string, identity any) error {
	return folder.Load(k.File(dir, Identity), identity)
}

// Foreign reports whether the machine in a folder belongs to another backend.
func (k Kind) Foreign(dir string) bool {
	if _, err := os.Stat(k.File(dir, Identity)); err == nil {
		return false
	}
	others, err := filepath.Glob(filepath.Join(dir, "*."+Identity))
	return err == nil && len(others) > 0
}

// Exit returns how the machine in a folder ended.
func (k Kind) Exit(dir string) (machine.Exit, error) {
	return folder.Exit(k.File(dir, Exit), k.NoExit)
}

// Alive reports whether a process launches or supervises the machine.
func (k Kind) Alive(dir string) bool { return filelock.Held(k.File(dir, Lock)) }

// Tokens returns the tokens of the machines that still have a folder, control group or
// link, and those that the caller has found elsewhere.
func (k Kind) Tokens(machines string, elsewhere ...string) ([]string, error) {
	folders, err := k.folders(machines)
	groups, gerr := cgroup.Names()
	links, lerr := network.Tokens()
	if err := errors.Join(err, gerr, lerr); err != nil {
		return nil, fmt.Errorf("listing what is left of machines: %w", err)
	}
	found := map[string]bool{}
	for _, token := range slices.Concat(folders, elsewhere) {
		found[token] = true
	}
	for _, name := range slices.Concat(groups, slices.Collect(maps.Values(links))) {
		if token, _, ours := strings.Cut(name, k.scope(machines)); ours {
			found[token] = true
		}
	}
	maps.DeleteFunc(found, func(token string, _ bool) bool { return !tokenForm.MatchString(token) })
	return slices.Sorted(maps.Keys(found)), nil
}

// folders returns the tokens of the machines that have a folder.
func (k Kind) folders(machines string) (tokens []string, err error) {
	entries, err := os.ReadDir(machines)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	for _, e := range entries {
		if e.IsDir() && !k.Foreign(filepath.Join(machines, e.Name())) {
			tokens = append(tokens, e.Name())
		}
	}
	return tokens, err
}

// Supervisor returns the supervisor of a machine, or nil.
func (k Kind) Supervisor(ctx context.Context, dir string) *os.Process {
	return folder.Supervisor(k.File(dir, Lock), func() (net.Conn, error) { return k.Order(ctx, dir, Watch) })
}

// KillTime bounds how long a killed machine may take to end.
const KillTime = 30 * time.Second

// End kills the supervisor of a machine and waits until it is gone. It does not kill a
// process that still launches the machine, but waits for it.
func (k Kind) End(ctx context.Context, dir string) error {
	for k.Alive(dir) {
		if p := k.Supervisor(ctx, dir); p != nil {
			_ = p.Kill() // it may have ended
			_ = p.Release()
		}
		if Pause(ctx) != nil {
			return fmt.Errorf("the supervisor of the machine in %s does not end", dir)
		}
	}
	return nil
}
