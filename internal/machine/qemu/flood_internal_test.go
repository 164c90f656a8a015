package qemu

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// TestMonitorWithoutMessages has a QEMU that a guest controls.
func TestMonitorWithoutMessages(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 2*longestMessage)
	for name, said := range map[string][]byte{
		"a line without an end": append([]byte(`{"event":"`), long...),
		"not JSON":              []byte("hello\n"),
		"answers to nobody":     bytes.Repeat([]byte("{\"return\":{}}\n"), 3),
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			broken := make(chan struct{})
			go func() {
				_, _ = theirs.Read(make([]byte, 100)) // the first command
				_, _ = theirs.Write([]byte("{\"return\":{}}\n"))
				_, _ = theirs.Write(said)
			}()
			m, err := openMonitor(ours, func(message) {}, func() { close(broken) })
			if err != nil {
				t.Fatal(err)
			}
			<-broken
			ours.Close()
			<-m.done
		})
	}
}

// TestPortIsWrittenForEver has a guest that writes without a pause: without a
// client, to one that does not read, and to one that does.
func TestPortIsWrittenForEver(t *testing.T) {
	ours, guest := net.Pipe()
	p := newPort(ours)
	p.listening(true)
	go func() { _, _ = io.Copy(guest, endless{}) }()
	deaf, deafs := net.Pipe()
	served := make(chan struct{})
	go func() { p.serve(deafs); close(served) }()
	take(t, deaf, granted)
	take(t, deaf, "xxxx") // and no more
	reader, readers := net.Pipe()
	go p.serve(readers)
	take(t, reader, granted)
	<-served
	if _, err := io.CopyN(io.Discard, reader, 10<<20); err != nil {
		t.Error(err)
	}
	guest.Close()
}

// endless is a reader without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// take reads a text.
func take(t *testing.T, from io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(from, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v; want %q", got, err, want)
	}
}
