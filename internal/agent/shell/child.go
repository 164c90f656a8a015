package shell

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/executor"
	"ingot/internal/agent/process"
)

const (
	// linger is how long to wait for output after the shell's end.
	linger = 250 * time.Millisecond
	// pipeSize is the most that a pipe can hold, in bytes.
	pipeSize = 1 << 20
	// grace is the time between TERM and KILL for a shell whose user has gone.
	grace = 2 * time.Second
)

// child is a running shell.
type child struct {
	cmd      *exec.Cmd
	input    *os.File // the shell reads what is written here
	outputs  map[kind]*os.File
	terminal bool
	ended    chan struct{} // closed when the shell has been waited for
	once     sync.Once
}

// start starts a login shell in a session of its own, on a terminal or on pipes.
func start(asked Request) (*child, error) {
	c := &child{cmd: command(asked), ended: make(chan struct{}), terminal: asked.Terminal != nil}
	open := c.onPipes
	if c.terminal {
		open = func() ([]*os.File, error) { return c.onTerminal(asked.Terminal.Size) }
	}
	theirs, err := open()
	defer closeAll(theirs)
	if err != nil {
		c.close()
		return nil, err
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = theirs[0], theirs[1], theirs[2]
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: c.terminal}
	if err := c.cmd.Start(); err != nil {
		c.close()
		return nil, fmt.Errorf("starting a shell: %w", err)
	}
	process.Ordinary(c.cmd.Process.Pid)
	return c, nil
}

// command returns the command of a login shell of root, with the access to the network
// that components have.
func command(asked Request) *exec.Cmd {
	program, login := "/bin/bash", "--login"
	if _, err := os.Stat(program); err != nil {
		program, login = "/bin/sh", "-l"
	}
	cmd := exec.Command(program, login)
	given := map[string]string{"HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": program, "LANG": "C.UTF-8", "TERM": "dumb"}
	if asked.Terminal != nil {
		given["TERM"] = cmp.Or(asked.Terminal.Name, given["TERM"])
	}
	cmd.Env = executor.Environment(given)
	if cmd.Dir = given["HOME"]; !isFolder(cmd.Dir) {
		cmd.Dir = "/"
	}
	return cmd
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// onTerminal makes a terminal and returns its far side, three times.
func (c *child) onTerminal(size Size) ([]*os.File, error) {
	near, far, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("making a terminal: %w", err)
	}
	c.input, c.outputs = near, map[kind]*os.File{kindOutput: near}
	return []*os.File{far, far, far}, c.resize(size)
}

// openTerminal opens both sides of a new terminal. Unlike those of the libraries its near
// side can be closed while it is read from.
func openTerminal() (near, far *os.File, err error) {
	if near, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	number := 0
	err = control(near, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	})
	if err == nil {
		far, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, near.Close())
	}
	return near, far, nil
}

// control calls do with a file's descriptor and leaves it non-blocking.
func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(err, cerr)
}

func (c *child) resize(size Size) error {
	if !c.terminal {
		return nil
	}
	return control(c.input, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Columns})
	})
}

// onPipes makes three pipes and returns their far ends.
func (c *child) onPipes() (theirs []*os.File, err error) {
	c.outputs = map[kind]*os.File{}
	for _, k := range []kind{kindInput, kindOutput, kindError} {
		r, w, err := os.Pipe()
		switch {
		case err != nil:
			return theirs, err
		case k == kindInput:
			c.input, theirs = w, append(theirs, r)
		default:
			c.outputs[k], theirs = r, append(theirs, w)
		}
	}
	return theirs, nil
}

// copyOutput sends what the shell writes, until it and all processes that it left behind
// have closed their ends, or until [child.stopWaiting] or [child.close].
func (c *child) copyOutput(to *frames) *sync.WaitGroup {
	var all sync.WaitGroup
	for k, from := range c.outputs {
		all.Go(func() {
			err := to.copyTo(k, from)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = to.copyTo(k, io.LimitReader(buffered{from}, pipeSize))
			}
			if !ordinaryEnd(err) {
				c.hangUp()
			}
		})
	}
	return &all
}

// stopWaiting ends the copying of output once what is in the pipes has been read. A
// process that the shell left behind may hold them open for ever.
func (c *child) stopWaiting() {
	for _, o := range c.outputs {
		if o.SetReadDeadline(time.Unix(1, 0)) != nil {
			o.Close()
		}
	}
}

// buffered reads what a pipe or terminal holds, and returns io.EOF instead of waiting for
// more.
type buffered struct{ from *os.File }

func (b buffered) Read(p []byte) (n int, err error) {
	err = control(b.from, func(fd int) (err error) {
		n, err = unix.Read(fd, p)
		return err
	})
	switch {
	case n > 0:
		return n, nil
	case err == nil || errors.Is(err, unix.EAGAIN):
		return 0, io.EOF
	}
	return 0, err
}

// ordinaryEnd reports whether an error is the end of a pipe, of a terminal that no
// process has open, or of a file that we have closed.
func ordinaryEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, unix.EIO) || errors.Is(err, os.ErrClosed)
}

// wait waits for the end of the shell and returns its status.
func (c *child) wait() int {
	_ = c.cmd.Wait() // how it ended is in ProcessState
	close(c.ended)
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.cmd.ProcessState.ExitCode()
}

// endInput ends the input of a shell on pipes.
func (c *child) endInput() {
	if !c.terminal {
		c.input.Close()
	}
}

// hangUp ends the shell of a user who has gone: it closes the terminal, and then kills
// what is left of the shell. If the shell has ended by itself, processes that it left
// behind stay.
func (c *child) hangUp() {
	c.once.Do(func() {
		c.close()
		select {
		case <-c.ended:
		default:
			go process.Kill(c.cmd.Process.Pid, c.ended, grace)
		}
	})
}

func (c *child) close() {
	if c.input != nil {
		c.input.Close()
	}
	for _, o := range c.outputs {
		o.Close()
	}
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // a terminal's far side is listed three times
	}
}
