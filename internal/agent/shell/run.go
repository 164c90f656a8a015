package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Person is the user of a shell.
type Person struct {
	In       io.Reader // an error other than io.EOF ends the shell
	Out, Err io.Writer
	Terminal *Terminal   // nil: pipes
	Sizes    <-chan Size // of the terminal, when it changes; may be nil
}

// errLost means that the stream ended before the shell did.
var errLost = errors.New("the machine or its agent has ended, and the shell with it")

// Run requests a shell at the other end of the connection and returns the exit status of
// the shell. In may still be read when Run has returned. The other end is not trusted:
// all it can do is print to the person.
func Run(ctx context.Context, conn net.Conn, p Person) (status int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	out := &frames{out: conn}
	request, err := json.Marshal(Request{Terminal: p.Terminal})
	if err == nil {
		err = out.send(kindBegin, request)
	}
	if err == nil {
		go p.typing(out, cancel)
		go p.resize(ctx, out)
		status, err = p.show(conn)
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return status, err
}

// typing sends what the person types.
func (p Person) typing(out *frames, cancel context.CancelCauseFunc) {
	switch err := out.copyTo(kindInput, p.In); {
	case errors.Is(err, io.EOF):
		_ = out.send(kindEnd, nil) // the shell may have ended
	case !isNet(err):
		cancel(err)
	}
}

// isNet reports whether an error is one of the connection, which the reader of the
// connection reports.
func isNet(err error) bool {
	var net *net.OpError
	return errors.As(err, &net)
}

// resize sends the sizes of the terminal.
func (p Person) resize(ctx context.Context, out *frames) {
	for {
		select {
		case <-ctx.Done():
			return
		case size, ok := <-p.Sizes:
			if !ok {
				return
			}
			if content, err := json.Marshal(size); err == nil {
				_ = out.send(kindSize, content) // the shell may have ended
			}
		}
	}
}

// show writes what the shell prints, until it ends.
func (p Person) show(conn io.Reader) (status int, err error) {
	for {
		k, content, err := readFrame(conn)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isNet(err) {
			return 0, errLost
		}
		if err != nil {
			return 0, err
		}
		switch k {
		case kindOutput:
			_, err = p.Out.Write(content)
		case kindError:
			_, err = p.Err.Write(content)
		case kindExit:
			status, err := strconv.Atoi(string(content))
			if err != nil || status < 0 || status > 255 {
				return 0, errors.New("the agent gives no exit status of the shell")
			}
			return status, nil
		case kindFailed:
			return 0, fmt.Errorf("the agent gives no shell: %q", content)
		}
		if err != nil {
			return 0, err
		}
	}
}
