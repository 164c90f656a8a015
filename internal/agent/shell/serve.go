package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Listen makes a socket, in place of what lies at the path, on which [Accept] serves.
func Listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the shells' socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replacing the shells' socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening for shells: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Accept gives each connection a shell of its own, until ctx ends.
func Accept(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	var shells sync.WaitGroup
	defer shells.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("listening for shells: %w", err)
		}
		shells.Go(func() {
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			Serve(conn)
			_ = conn.Close()
		})
	}
}

// Serve runs a shell for whoever is at the other end, to the shell's end or until the
// stream ends.
func Serve(stream io.ReadWriter) {
	out := &frames{out: stream}
	asked, err := begin(stream)
	if err != nil {
		_ = out.send(kindFailed, []byte(err.Error())) // whoever asked may have gone
		return
	}
	c, err := start(asked)
	if err != nil {
		_ = out.send(kindFailed, []byte(err.Error()))
		return
	}
	go c.take(stream)
	outputs := c.copyOutput(out)
	status := c.wait()
	late := time.AfterFunc(linger, c.close)
	outputs.Wait()
	late.Stop()
	c.close()
	_ = out.send(kindExit, []byte(strconv.Itoa(status)))
}

// begin reads what is asked for.
func begin(stream io.Reader) (asked Request, err error) {
	k, content, err := readFrame(stream)
	if err != nil {
		return asked, err
	}
	if k != kindBegin {
		return asked, errors.New("a shell is asked for by a request")
	}
	return asked, json.Unmarshal(content, &asked)
}

// take carries out what the person does, until the stream ends.
func (c *child) take(stream io.Reader) {
	defer c.hangUp()
	for {
		k, content, err := readFrame(stream)
		if err != nil {
			return
		}
		switch k {
		case kindInput:
			_, _ = c.input.Write(content) // a shell that reads no more
		case kindEnd:
			c.endInput()
		case kindSize:
			var size Size
			if json.Unmarshal(content, &size) == nil {
				_ = c.resize(size) // it stays as it is
			}
		}
	}
}
