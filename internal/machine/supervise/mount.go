package supervise

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Mounts lists mount points at and below a folder, in the order of their making. The
// empty folder is above all.
func Mounts(dir string) (points []string, err error) {
	all, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		return m.Mountpoint != dir && !strings.HasPrefix(m.Mountpoint, dir+"/"), false
	})
	for _, m := range all {
		points = append(points, m.Mountpoint)
	}
	return points, err
}

// UnmountBelow unmounts everything at and below a folder, the latest first. What was
// killed a moment ago may still hold a file, so it is tried again.
func UnmountBelow(ctx context.Context, dir string) error {
	for {
		all, err := Mounts(dir)
		if err != nil || len(all) == 0 {
			return err
		}
		last := all[len(all)-1]
		err = unix.Unmount(last, unix.UMOUNT_NOFOLLOW)
		if err == nil {
			continue
		}
		if !errors.Is(err, unix.EBUSY) || Pause(ctx) != nil {
			return fmt.Errorf("unmounting %s: %w", last, err)
		}
	}
}
