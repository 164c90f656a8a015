package qemu

import (
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
	done    chan struct{} // closed when QEMU has said all
	once    sync.Mutex    // one command at a time
}

// message is what QEMU says: an answer to a command, or an event.
type message struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Desc string `json:"desc"`
	} `json:"error"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

var errNoMonitor = errors.New("QEMU has ended")

// openMonitor reads messages until QEMU ends; each event goes to event.
func openMonitor(stream io.ReadWriter, event func(message)) (*monitor, error) {
	m := &monitor{stream: stream, answers: make(chan message, 1), done: make(chan struct{})}
	go m.read(event)
	return m, m.run("qmp_capabilities")
}

func (m *monitor) read(event func(message)) {
	defer close(m.done)
	for in := json.NewDecoder(m.stream); ; {
		var got message
		if in.Decode(&got) != nil {
			return
		}
		switch {
		case got.Event != "":
			event(got)
		case got.Return != nil || got.Error != nil:
			m.answers <- got
		}
	}
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
