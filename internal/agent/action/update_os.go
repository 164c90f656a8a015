package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"ingot/internal/agent/process"
)

var errNotRoot = errors.New("this action needs root")

// aptGet keeps configuration files that were changed, asks nothing, and waits
// for whoever has the package database (a timer of the image may have started
// its own update at boot).
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

// lines runs a tool and gives the lines that it prints.
func (a apt) lines(ctx context.Context, name string, args ...string) ([]string, error) {
	quiet := a.call
	quiet.Line = nil
	outputs, err := quiet.child(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return strings.Fields(outputs[0]["stdout"]), nil
}

// upgrade upgrades those packages of include that are installed and not in
// exclude.
func (a apt) upgrade(ctx context.Context, include, exclude []string) error {
	installed, err := a.lines(ctx, "dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\\n")
	if err != nil {
		return err
	}
	var wanted []string
	for _, name := range include {
		switch {
		case slices.Contains(exclude, name):
		case isInstalled(installed, name):
			wanted = append(wanted, name)
		default:
			a.call.remark("%s is not installed and is left out", name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return a.run(ctx, "apt-get", append(append(slices.Clone(aptGet), "install", "--only-upgrade", "--"), wanted...)...)
}

// isInstalled looks for "ii" followed by the name in the words of dpkg-query.
func isInstalled(words []string, name string) bool {
	for i := 1; i < len(words); i++ {
		if words[i] == name && words[i-1] == "ii" {
			return true
		}
	}
	return false
}

// upgradeAll upgrades everything while the excluded packages are held. Only those
// that were not on hold before are released afterwards, whatever happened.
func (a apt) upgradeAll(ctx context.Context, exclude []string) (err error) {
	if len(exclude) > 0 {
		held, err := a.lines(ctx, "apt-mark", "showhold")
		if err != nil {
			return err
		}
		exclude = slices.DeleteFunc(slices.Clone(exclude), func(name string) bool { return slices.Contains(held, name) })
	}
	if len(exclude) > 0 {
		if err := a.run(ctx, "apt-mark", append([]string{"hold", "--"}, exclude...)...); err != nil {
			return err
		}
		defer func() {
			release := a.run(context.WithoutCancel(ctx), "apt-mark", append([]string{"unhold", "--"}, exclude...)...)
			err = errors.Join(err, release)
		}()
	}
	return a.run(ctx, "apt-get", append(slices.Clone(aptGet), "upgrade", "--with-new-pkgs")...)
}

// searchPath is PATH in an environment.
func searchPath(env []string) string {
	for _, e := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			return v
		}
	}
	return ""
}
