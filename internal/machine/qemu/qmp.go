package qemu

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// monitor speaks QMP, QEMU's machine protocol, over a stream.
type monitor struct {
	stream  io.ReadWriter
	answers chan message
	done    chan struct{} // closed when the stream has ended
	once    sync.Mutex    // one command at a time
}

// message is a message of QEMU: an answer to a command, or an event.
type message struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Desc string `json:"desc"`
	} `json:"error"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

var errNoMonitor = errors.New("QEMU has ended")

// openMonitor reads messages until QEMU ends, and calls event for each event. At a line
// that is not a message it calls broken and stops reading.
func openMonitor(stream io.ReadWriter, event func(message), broken func()) (*monitor, error) {
	m := &monitor{stream: stream, answers: make(chan message, 1), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		if !m.read(event) {
			broken()
		}
	}()
	return m, m.run("qmp_capabilities")
}

// longestMessage bounds a message, because QEMU may be controlled by its guest. Real
// messages are a hundred times shorter.
const longestMessage = 1 << 20

// read reads messages, one a line, to the end. It returns false if a line is not a
// message or too long.
func (m *monitor) read(event func(message)) bool {
	lines := bufio.NewScanner(m.stream)
	lines.Buffer(nil, longestMessage)
	for lines.Scan() {
		var got message
		if json.Unmarshal(lines.Bytes(), &got) != nil {
			return false
		}
		switch {
		case got.Event != "":
			event(got)
		case got.Return != nil || got.Error != nil:
			select {
			case m.answers <- got:
			default:
				return false // an answer without a command
			}
		}
	}
	return lines.Err() == nil || !errors.Is(lines.Err(), bufio.ErrTooLong)
}

// run carries out a command without arguments.
func (m *monitor) run(command string) error {
	m.once.Lock()
	defer m.once.Unlock()
	if _, err := fmt.Fprintf(m.stream, "{\"execute\":%q}\n", command); err != nil {
		return errNoMonitor
	}
	var answer message
	select {
	case answer = <-m.answers:
	case <-m.done:
		return errNoMonitor
	}
	if answer.Error != nil {
		return fmt.Errorf("QEMU refused %s: %s", command, answer.Error.Desc)
	}
	return nil
}
