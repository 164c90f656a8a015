package action

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"ingot/internal/document/component"
)

// setFileOwner sets the owner and group of a file; without a group, the owner's primary
// one. Links are followed.
func setFileOwner(call Call, in component.Value) error {
	path := call.path(in.Get("path").Text)
	if err := needFile(path); err != nil {
		return err
	}
	look := look{owner: in.Get("owner").Text, group: in.Get("group").Text, primary: true}
	return look.apply(path)
}

// setFilePermissions sets the mode bits of a file. Links are followed.
func setFilePermissions(call Call, in component.Value) error {
	path := call.path(in.Get("path").Text)
	if err := needFile(path); err != nil {
		return err
	}
	mode, err := parseMode(in.Get("permissions").Text)
	if err != nil {
		return err
	}
	return chmod(path, mode)
}

func needFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder; this action is for files", path)
	}
	return nil
}

// look is the owner, group and mode that a file gets. Empty texts change nothing.
type look struct {
	owner, group string
	mode         uint32
	hasMode      bool
	primary      bool // an owner without a group brings its primary group
}

// lookOf reads owner, group and permissions of an input.
func lookOf(in component.Value) (look, error) {
	l := look{owner: in.Get("owner").Text, group: in.Get("group").Text}
	text := in.Get("permissions").Text
	if text == "" {
		return l, nil
	}
	var err error
	l.hasMode = true
	l.mode, err = parseMode(text)
	return l, err
}

// apply sets owner and group before the mode, because a change of owner clears the setuid
// bits.
func (l look) apply(path string) error {
	uid, gid, err := l.ids()
	if err != nil {
		return err
	}
	if uid != -1 || gid != -1 {
		if err := os.Chown(path, uid, gid); err != nil {
			return err
		}
	}
	if !l.hasMode {
		return nil
	}
	return chmod(path, l.mode)
}

// ids looks owner and group up; -1 leaves one as it is. A number needs no entry
// in the user database.
func (l look) ids() (uid, gid int, err error) {
	uid, gid = -1, -1
	if l.owner != "" {
		u, lookErr := user.Lookup(l.owner)
		if lookErr != nil {
			u, lookErr = user.LookupId(l.owner)
		}
		switch n, numeric := number(l.owner); {
		case lookErr == nil:
			uid, _ = strconv.Atoi(u.Uid) // a Unix user database has numbers only
			if l.primary {
				gid, _ = strconv.Atoi(u.Gid)
			}
		case numeric:
			uid = n
		default:
			return 0, 0, fmt.Errorf("there is no user %q", l.owner)
		}
	}
	if l.group != "" {
		g, lookErr := user.LookupGroup(l.group)
		switch n, numeric := number(l.group); {
		case lookErr == nil:
			gid, _ = strconv.Atoi(g.Gid)
		case numeric:
			gid = n
		default:
			return 0, 0, fmt.Errorf("there is no group %q", l.group)
		}
	}
	return uid, gid, nil
}

func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

// parseMode reads three or four octal digits.
func parseMode(text string) (uint32, error) {
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || len(text) < 3 || len(text) > 4 {
		return 0, fmt.Errorf("permissions must be 3 or 4 octal digits, as in 0644; they are %q", text)
	}
	return uint32(mode), nil
}

// chmod sets all twelve bits as given, which os.Chmod would translate.
func chmod(path string, mode uint32) error {
	if err := syscall.Chmod(path, mode); err != nil {
		return &os.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}
