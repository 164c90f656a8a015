package process

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tailMax is how much of a stream's end is remembered, in bytes.
const tailMax = 8 << 10

// lineCost is what a line counts beside its bytes: a million empty lines are more
// than a megabyte of log.
const lineCost = 32

// output receives both streams of a child. Its lock makes reading a piece and handling it
// one step; see drainPipes.
type output struct {
	mu     sync.Mutex
	line   func(Stream, string)
	left   int64 // bytes that may still be passed on
	stdout bytes.Buffer
	keep   int
	cut    bool
	lost   int64 // bytes not passed on
	tails  map[Stream]*tail
	done   bool // the result has been made: drop all
}

func newOutput(c Command) *output {
	return &output{
		line: c.Line, left: cmp.Or(c.Limit, DefaultLimit), keep: cmp.Or(c.Keep, DefaultKeep),
		tails: map[Stream]*tail{Stdout: {}, Stderr: {}},
	}
}

// emit passes one line on while there is room.
func (o *output) emit(s Stream, line []byte) {
	o.tails[s].add(line)
	size := int64(len(line)) + 1
	if o.left < size+lineCost {
		o.left = 0
		o.lost += size
		return
	}
	o.left -= size + lineCost
	if o.line != nil {
		o.line(s, string(bytes.TrimSuffix(line, []byte{'\r'})))
	}
}

// retain keeps standard output for later steps.
func (o *output) retain(p []byte) {
	if room := o.keep - o.stdout.Len(); len(p) > room {
		p, o.cut = p[:room], true
	}
	o.stdout.Write(p)
}

// complete completes the result and reports what was dropped.
func (o *output) complete(r *Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
	r.Stdout, r.Cut = o.stdout.String(), o.cut
	r.Stderr = o.tails[Stderr].String()
	if o.lost == 0 || o.line == nil {
		return
	}
	o.line(Remark, fmt.Sprintf("%d bytes of output were dropped here because the limit for one step is reached; its last lines follow", o.lost))
	for _, s := range []Stream{Stdout, Stderr} {
		for line := range strings.Lines(o.tails[s].String()) {
			o.line(s, strings.TrimRight(line, "\r\n"))
		}
	}
}

// pipe is one stream between the child and us.
type pipe struct {
	stream  Stream
	read    *os.File
	write   *os.File
	out     *output
	partial []byte // the beginning of a line
	buffer  [64 << 10]byte
}

// attach makes the pipes of both streams.
func attach(child *exec.Cmd, out *output) ([]*pipe, error) {
	var pipes []*pipe
	for _, s := range []Stream{Stdout, Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(pipes)
			return nil, fmt.Errorf("making a pipe for the output: %w", err)
		}
		pipes = append(pipes, &pipe{stream: s, read: r, write: w, out: out})
	}
	child.Stdout, child.Stderr = pipes[0].write, pipes[1].write
	return pipes, nil
}

func closeAll(pipes []*pipe) {
	for _, p := range pipes {
		_, _ = p.read.Close(), p.write.Close() // nothing was written to them
	}
}

// follow reads until the last writer has closed the pipe.
func (p *pipe) follow() {
	defer func() { _ = p.read.Close() }() // nothing is lost
	raw, err := p.read.SyscallConn()
	if err != nil {
		return
	}
	for more := true; more; {
		err := raw.Read(func(fd uintptr) (ready bool) {
			ready, more = p.take(int(fd))
			return ready
		})
		more = more && err == nil
	}
}

// take reads and handles one piece under the output's lock. Not ready means that there is
// nothing to read yet.
func (p *pipe) take(fd int) (ready, more bool) {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	n, err := syscall.Read(fd, p.buffer[:])
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false, true
	case errors.Is(err, syscall.EINTR):
		return true, true
	case err != nil || n == 0:
		p.flush()
		return true, false
	}
	if !p.out.done {
		p.handle(p.buffer[:n])
	}
	return true, true
}

// handle cuts a piece into lines.
func (p *pipe) handle(piece []byte) {
	if p.stream == Stdout {
		p.out.retain(piece)
	}
	for len(piece) > 0 {
		i := bytes.IndexByte(piece, '\n')
		line, rest := piece, piece[len(piece):]
		if i >= 0 {
			line, rest = piece[:i], piece[i+1:]
		}
		if len(p.partial)+len(line) > lineMax {
			room := lineMax - len(p.partial)
			p.out.emit(p.stream, append(p.partial, line[:room]...))
			p.partial, piece = p.partial[:0], piece[room:]
			continue
		}
		p.partial = append(p.partial, line...)
		if i >= 0 {
			p.out.emit(p.stream, p.partial)
			p.partial = p.partial[:0]
		}
		piece = rest
	}
}

// flush passes on a last line without a newline.
func (p *pipe) flush() {
	if len(p.partial) > 0 && !p.out.done {
		p.out.emit(p.stream, p.partial)
		p.partial = nil
	}
}

// drainPipes is called when the child has ended. Usually both pipes end with it. If a
// background process still has one open, drainPipes waits a short time for its output,
// then reads what the pipe holds.
func drainPipes(readers *sync.WaitGroup, pipes []*pipe) {
	ended := make(chan struct{})
	go func() {
		readers.Wait()
		close(ended)
	}()
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-ended:
		return
	case <-timer.C:
	}
	for _, p := range pipes {
		p.drain()
	}
}

// drain handles what is in the pipe, at most what a pipe can hold: a background process
// may print for ever.
func (p *pipe) drain() {
	const capacity = 1 << 20
	raw, err := p.read.SyscallConn()
	if err != nil {
		return // closed: it has been read to its end
	}
	for range capacity / len(p.buffer) {
		ready, more := true, true
		err := raw.Control(func(fd uintptr) { ready, more = p.take(int(fd)) })
		if err != nil || !ready || !more {
			break
		}
	}
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	p.flush()
}

// tail remembers the last lines of a stream.
type tail struct{ buf []byte }

func (t *tail) add(line []byte) {
	if room := tailMax - 1; len(line) > room {
		line = line[len(line)-room:]
	}
	t.buf = append(append(t.buf, line...), '\n')
	if len(t.buf) > 2*tailMax { // copy now and then, not at every line
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-tailMax:]...)
	}
}

// String returns the remembered end, from the begin of a line.
func (t *tail) String() string {
	text := t.buf
	if len(text) > tailMax {
		text = text[len(text)-tailMax:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 && i+1 < len(text) {
			text = text[i+1:]
		}
	}
	return string(bytes.TrimSuffix(text, []byte{'\n'}))
}
