package qemu

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// rawTerminal puts a terminal into raw mode for input and returns the function that
// restores it. It leaves the mode for output as it is, because others write there too.
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
