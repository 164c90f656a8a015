package qemu

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"

	"golang.org/x/sys/unix"
)

// The users that QEMU runs as have no names. Distributions, container managers and
// directories do not use the range.
const (
	firstUser = 0x7f000000
	users     = 1 << 20
)

// usersFile has a byte for each user. It is locked while a machine has the user.
const usersFile = "/run/ingot-users"

// takeUser returns a user that no other machine of this host has while the file is open.
// If this process is not root, that is its own user.
func takeUser(key string) (user int, held *os.File, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), nil, nil
	}
	f, err := os.OpenFile(usersFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return 0, nil, err
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	for k := range uint32(users) {
		n := (h.Sum32() + k) % users
		lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: unix.SEEK_SET, Start: int64(n), Len: 1}
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock)
		if err == nil {
			return firstUser + int(n), f, nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return 0, nil, errors.Join(fmt.Errorf("taking a user for QEMU: %w", err), f.Close())
		}
	}
	return 0, nil, errors.Join(errors.New("all users for machines are in use"), f.Close())
}
