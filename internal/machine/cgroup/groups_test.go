package cgroup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/cgroup"
)

// guests returns the folders of a group in which a guest can make groups.
func guests(g *cgroup.Group) (dirs []string) {
	for _, hierarchy := range []string{"", "unified", "systemd"} {
		if dir := g.Dir(hierarchy); dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// TestGroupsAreLimited makes more groups than a guest may, in each hierarchy: either the
// kernel refuses them, or OutOfGroups reports them.
func TestGroupsAreLimited(t *testing.T) {
	g, _ := group(t, cgroup.Limits{})
	if g.OutOfGroups() {
		t.Error("a fresh group has too many")
	}
	for _, dir := range guests(g) {
		made, err := flood(dir, cgroup.MaxGroups+1)
		if refused := errors.Is(err, unix.EAGAIN); !refused && !g.OutOfGroups() {
			t.Errorf("%s: %d groups were made and nobody says so: %v", dir, made, err)
		} else if refused && made != cgroup.MaxGroups {
			t.Errorf("%s: the kernel lets %d be made", dir, made)
		}
	}
}

// flood makes groups, most of them ten deep.
func flood(dir string, n int) (made int, err error) {
	for at := dir; made < n && err == nil; made++ {
		if at = filepath.Join(at, strconv.Itoa(made)); made%10 == 0 {
			at = filepath.Join(dir, strconv.Itoa(made))
		}
		if err = os.Mkdir(at, 0o755); err != nil {
			return made, err
		}
	}
	return made, err
}

// TestGroupsThatChangeTheirNames renames groups between listing and opening them. The
// groups below them are counted nevertheless.
func TestGroupsThatChangeTheirNames(t *testing.T) {
	g, _ := group(t, cgroup.Limits{})
	dir := g.Dir("systemd")
	if dir == "" {
		t.Skip("in v2 groups cannot be renamed")
	}
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := flood(filepath.Join(dir, "a"), cgroup.MaxGroups); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan bool), make(chan error)
	go func() {
		var err error
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		for ; err == nil; a, b = b, a {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
				err = os.Rename(a, b)
			}
		}
		stopped <- err
	}()
	if !g.OutOfGroups() {
		t.Error("they are not counted")
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestRemovalEndsInTime checks that a removal ends before all is removed, and that the
// next one continues.
func TestRemovalEndsInTime(t *testing.T) {
	g, _ := group(t, cgroup.Limits{})
	for _, dir := range guests(g) {
		if _, err := flood(dir, 100); err != nil {
			t.Fatal(err)
		}
		if err := cgroup.RemoveTree(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "in time") {
			t.Errorf("%s: it ended with %v", dir, err)
		}
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
}
