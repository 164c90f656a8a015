package qemu

import (
	"io"
	"net"
	"sync"
)

// port relays a virtio-serial port of the guest to the latest client. QEMU itself would
// make a new client wait for the end of the one before, and a guest that writes without a
// client would block.
type port struct {
	guest net.Conn // our end of QEMU's character device

	mu     sync.Mutex
	client net.Conn      // nil: the guest's bytes are dropped
	open   bool          // the guest listens
	change chan struct{} // closed when open or the latest claim changes
	claims int           // counts clients; the latest one has the port
}

func newPort(guest net.Conn) *port {
	p := &port{guest: guest, change: make(chan struct{})}
	go p.fromGuest()
	return p
}

// fromGuest copies the guest's bytes to the client, and waits if it is slow.
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

// serve connects a client to the port until it ends, another one comes, or the guest no
// longer listens.
func (p *port) serve(client net.Conn) {
	defer client.Close()
	if !p.claim(client) {
		return
	}
	_, _ = io.Copy(p.guest, client) // until one of them ends
	p.drop(client)
}

// claim makes client the latest and waits until the guest listens.
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

// disconnect closes the client's connection and wakes those that wait; the lock is held.
func (p *port) disconnect() {
	if p.client != nil {
		_ = p.client.Close() // the client may be gone
		p.client = nil
	}
	close(p.change)
	p.change = make(chan struct{})
}

// drop disconnects a client, if it is still the latest.
func (p *port) drop(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == client {
		p.disconnect()
	}
}

// listening notes whether the guest has the port open.
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
