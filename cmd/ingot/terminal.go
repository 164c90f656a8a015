package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"ingot/internal/agent/shell"
)

// takeOver connects a person's terminal to a shell. Until restore is called, the shell
// gets all that is typed as it is.
func takeOver(ctx context.Context, in, out *os.File, p *shell.Person) (restore func(), err error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	p.In = &leaver{from: in}
	p.Terminal = &shell.Terminal{Name: os.Getenv("TERM"), Size: sizeOf(out)}
	p.Sizes = sizes(ctx, out)
	return func() { _ = term.Restore(int(in.Fd()), before) }, nil // the terminal may be gone
}

// sizeOf returns the size of a terminal, zero if it is unknown.
func sizeOf(terminal *os.File) shell.Size {
	columns, rows, err := term.GetSize(int(terminal.Fd()))
	if err != nil {
		return shell.Size{}
	}
	return shell.Size{Rows: uint16(rows), Columns: uint16(columns)}
}

// sizes sends the size of a terminal whenever it changes.
func sizes(ctx context.Context, terminal *os.File) <-chan shell.Size {
	changed, to := make(chan os.Signal, 1), make(chan shell.Size)
	signal.Notify(changed, unix.SIGWINCH)
	go func() {
		defer signal.Stop(changed)
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			select {
			case <-ctx.Done():
				return
			case to <- sizeOf(terminal):
			}
		}
	}()
	return to
}

// errLeft is the error of a [leaver] whose person has left.
var errLeft = errors.New("the person has left the shell")

// leaver reads what a person types, and ends when the person leaves a machine that no
// longer reacts to keys.
type leaver struct {
	from    io.Reader
	pressed int
}

// leaving is ctrl-]; typed three times in a row it leaves the machine.
const (
	leaving = 0x1d
	enough  = 3
)

func (l *leaver) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for _, b := range p[:n] {
		if b != leaving {
			l.pressed = 0
			continue
		}
		if l.pressed++; l.pressed == enough {
			return 0, errLeft
		}
	}
	return n, err
}
