package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"ingot/internal/agent/process"
)

var errNotRoot = errors.New("this action needs root")

// aptGet keeps configuration files that were changed, asks nothing, and waits while
// another process has the package database (a timer of the image may have started its own
// update at boot).
var aptGet = []string{"-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=600"}

// updateOS upgrades the packages of the system by apt-get: all of them, or those
// of include, without those of exclude. New packages are installed where an
// upgrade needs them (a new kernel is one), and none is removed.
func updateOS(ctx context.Context, call Call) ([]Output, error) {
	if os.Geteuid() != 0 {
		return nil, errNotRoot
	}
	if _, ok := process.Find("apt-get", searchPath(call.Env)); !ok {
		return nil, errors.New("UpdateOS finds no apt-get; other package managers come with a later version of Ingot")
	}
	apt := apt{call: call}
	apt.call.Env = append(slices.Clone(call.Env), "DEBIAN_FRONTEND=noninteractive")
	if err := apt.run(ctx, "apt-get", append(slices.Clone(aptGet), "update")...); err != nil {
		return nil, err
	}
	include, exclude := texts(call.Inputs.Get("include")), texts(call.Inputs.Get("exclude"))
	if len(include) > 0 {
		return []Output{{}}, apt.upgrade(ctx, include, exclude)
	}
	return []Output{{}}, apt.upgradeAll(ctx, exclude)
}

// apt runs the package tools as children of a step.
type apt struct{ call Call }

func (a apt) run(ctx context.Context, name string, args ...string) error {
	_, err := a.call.child(ctx, name, args)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// output runs a tool and returns what it prints.
func (a apt) output(ctx context.Context, name string, args ...string) (string, error) {
	quiet := a.call
	quiet.Line = nil
	outputs, err := quiet.child(ctx, name, args)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return outputs[0]["stdout"], nil
}

// packages are the installed ones, by their names.
type packages struct {
	plain     []string        // in the order of the tool
	qualified map[string]bool // with the architecture behind a colon
}

func (a apt) installed(ctx context.Context) (p packages, err error) {
	text, err := a.output(ctx, "dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Package}:${Architecture}\\n")
	p.qualified = map[string]bool{}
	for line := range strings.Lines(text) {
		// The second letter of the status says whether it is installed.
		if words := strings.Fields(line); len(words) == 3 && len(words[0]) > 1 && words[0][1] == 'i' {
			p.plain = append(p.plain, words[1])
			p.qualified[words[2]] = true
		}
	}
	return p, err
}

// named returns the installed packages that names match, once each. A name may have an
// architecture, or be a pattern with * and ?. Packages that are not installed or do not
// exist are left out: one document serves many images.
func (a apt) named(p packages, names []string) (found []string) {
	for _, name := range names {
		before := len(found)
		if p.qualified[name] {
			found = append(found, name)
		}
		for _, have := range p.plain {
			if fits, err := path.Match(name, have); have == name || err == nil && fits {
				found = append(found, have)
			}
		}
		if len(found) == before {
			a.call.remark("%s is not installed and is left out", name)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(found, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// upgrade upgrades those packages of include that are installed and not in
// exclude.
func (a apt) upgrade(ctx context.Context, include, exclude []string) error {
	installed, err := a.installed(ctx)
	if err != nil {
		return err
	}
	without := a.named(installed, exclude)
	wanted := slices.DeleteFunc(a.named(installed, include), func(name string) bool { return slices.Contains(without, name) })
	if len(wanted) == 0 {
		return nil
	}
	return a.run(ctx, "apt-get", append(append(slices.Clone(aptGet), "install", "--only-upgrade", "--"), wanted...)...)
}

// upgradeAll upgrades everything while the excluded packages are held. Only those
// that were not on hold before are released afterwards, whatever happened.
func (a apt) upgradeAll(ctx context.Context, exclude []string) (err error) {
	hold, err := a.toHold(ctx, exclude)
	if err != nil {
		return err
	}
	if len(hold) > 0 {
		if err := a.run(ctx, "apt-mark", append([]string{"hold", "--"}, hold...)...); err != nil {
			return err
		}
		defer func() {
			release := a.run(context.WithoutCancel(ctx), "apt-mark", append([]string{"unhold", "--"}, hold...)...)
			err = errors.Join(err, release)
		}()
	}
	return a.run(ctx, "apt-get", append(slices.Clone(aptGet), "upgrade", "--with-new-pkgs")...)
}

// toHold returns the installed packages of exclude that are not on hold yet.
func (a apt) toHold(ctx context.Context, exclude []string) ([]string, error) {
	if len(exclude) == 0 {
		return nil, nil
	}
	installed, err := a.installed(ctx)
	if err != nil {
		return nil, err
	}
	held, err := a.output(ctx, "apt-mark", "showhold")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(a.named(installed, exclude), func(name string) bool { return slices.Contains(strings.Fields(held), name) }), nil
}

// searchPath returns PATH of an environment.
func searchPath(env []string) string {
	for _, e := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			return v
		}
	}
	return ""
}
