package supervise

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Mounts returns the mount points at and below a folder, in the order in which they were
// mounted; all of them if dir is empty.
func Mounts(dir string) (points []string, err error) {
	all, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		return m.Mountpoint != dir && !strings.HasPrefix(m.Mountpoint, dir+"/"), false
	})
	for _, m := range all {
		points = append(points, m.Mountpoint)
	}
	return points, err
}

// UnmountBelow unmounts everything at and below a folder, the latest first. It retries,
// because a process that was just killed may still have files open.
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
