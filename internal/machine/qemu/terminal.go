package qemu

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// rawTerminal hands every key that is typed on, if it is a terminal where they are typed,
// and gives what sets it back. Output stays as it is: who else writes there ends lines as
// ever.
func rawTerminal(input io.Reader) (restore func(), err error) {
	f, ok := input.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}, nil
	}
	fd := int(f.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	restore = func() { _ = term.Restore(fd, before) }
	now, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err == nil {
		now.Oflag |= unix.OPOST
		err = unix.IoctlSetTermios(fd, unix.TCSETS, now)
	}
	if err != nil {
		restore()
		return nil, errors.Join(errors.New("the terminal"), err)
	}
	return restore, nil
}
