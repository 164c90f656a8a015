package shell

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
)

// Serve runs a shell for the other end, until the shell or the stream ends.
func Serve(stream io.ReadWriter) {
	out := &frames{out: stream}
	asked, err := begin(stream)
	if err != nil {
		_ = out.send(kindFailed, []byte(err.Error())) // the other end may have gone
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
	late := time.AfterFunc(linger, c.stopWaiting)
	outputs.Wait()
	late.Stop()
	c.close()
	_ = out.send(kindExit, []byte(strconv.Itoa(status)))
}

// begin reads the request.
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

// take handles the person's frames until the stream ends.
func (c *child) take(stream io.Reader) {
	defer c.hangUp()
	for {
		k, content, err := readFrame(stream)
		if err != nil {
			return
		}
		switch k {
		case kindInput:
			_, _ = c.input.Write(content) // the shell may have ended
		case kindEnd:
			c.endInput()
		case kindSize:
			var size Size
			if json.Unmarshal(content, &size) == nil {
				_ = c.resize(size) // otherwise the size stays
			}
		}
	}
}
