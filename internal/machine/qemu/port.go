package qemu

import (
	"io"
	"net"
	"sync"
)

// port relays a virtio-serial port of the guest to whoever asked for it last. QEMU
// itself would let a new client wait until the one before it has gone, and a guest
// that writes while nobody listens would stand still.
type port struct {
	guest net.Conn // our end of QEMU's character device

	mu     sync.Mutex
	client net.Conn      // nil: what the guest says is dropped
	open   bool          // the guest listens
	change chan struct{} // closed when open or the latest claim changes
	claims int           // counts clients; the latest one has the port
}

func newPort(guest net.Conn) *port {
	p := &port{guest: guest, change: make(chan struct{})}
	go p.fromGuest()
	return p
}

// fromGuest hands on what the guest says, and waits for a client that is slow.
func (p *port) fromGuest() {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.guest.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		client := p.client
		p.mu.Unlock()
		if client == nil {
			continue
		}
		if _, err := client.Write(buf[:n]); err != nil {
			p.drop(client)
		}
	}
}

// serve gives the port to a client until it goes, another one comes, or the guest
// no longer listens.
func (p *port) serve(client net.Conn) {
	defer client.Close()
	if !p.claim(client) {
		return
	}
	_, _ = io.Copy(p.guest, client) // either end's end is an end
	p.drop(client)
}

// claim takes the port over and waits for the guest to listen.
func (p *port) claim(client net.Conn) bool {
	p.mu.Lock()
	p.claims++
	mine := p.claims
	p.disconnect()
	for !p.open && p.claims == mine {
		change := p.change
		p.mu.Unlock()
		<-change
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	if p.claims != mine {
		return false
	}
	if _, err := client.Write([]byte(granted)); err != nil {
		return false
	}
	p.client = client
	return true
}

// disconnect closes the client's connection and tells those who wait; the lock is
// held.
func (p *port) disconnect() {
	if p.client != nil {
		_ = p.client.Close() // nobody is left to tell
		p.client = nil
	}
	close(p.change)
	p.change = make(chan struct{})
}

// drop forgets a client, if it is still the one.
func (p *port) drop(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == client {
		p.disconnect()
	}
}

// listening records whether the guest has the port open.
func (p *port) listening(open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = open
	if open {
		close(p.change)
		p.change = make(chan struct{})
		return
	}
	p.disconnect()
}
