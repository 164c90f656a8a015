package memory

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
)

// Machine is one machine, with its agent.
type Machine struct {
	config Config
	spec   machine.Spec
	boot   string
	life   context.Context // until the machine ends
	stop   context.CancelCauseFunc
	once   sync.Once
	exit   machine.Exit  // set before ended is closed
	ended  chan struct{} // closed at the end

	mu   sync.Mutex
	conn net.Conn        // the only connection
	jobs map[string]*job // by ID
}

// job is a run or exec with all of its events.
type job struct {
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	events []protocol.Event
	end    *protocol.Reply // without its id; nil while it runs
	more   chan struct{}   // closed and replaced at every change
}

var errCancelled = errors.New("cancelled")

func begin(c Config, spec machine.Spec) *Machine {
	m := &Machine{config: c, spec: spec, boot: spec.Token + time.Now().Format(time.RFC3339Nano), ended: make(chan struct{}), jobs: map[string]*job{}}
	m.life, m.stop = context.WithCancelCause(context.Background())
	return m
}

// Dial connects to the agent; a new connection replaces the old.
func (m *Machine) Dial(ctx context.Context) (net.Conn, error) {
	if !m.alive() {
		return nil, &m.exit
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ours, theirs, err := connected()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	if m.conn != nil {
		_ = m.conn.Close() // the client asks again for what was not sent
	}
	m.conn = ours
	m.mu.Unlock()
	stop := context.AfterFunc(m.life, func() { _ = ours.Close() })
	go func() {
		defer stop()
		m.serve(ours)
	}()
	return theirs, nil
}

// connected returns the two ends of a stream, as of a machine's socket.
func connected() (a, b net.Conn, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a connection: %w", err)
	}
	ends := [2]net.Conn{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "agent")
		conn, ferr := net.FileConn(f) // has its own descriptor
		ends[i], err = conn, errors.Join(err, ferr, f.Close())
	}
	return ends[0], ends[1], err
}

// serve answers one connection.
func (m *Machine) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithCancel(m.life)
	defer cancel()
	if m.config.Agent != nil {
		m.config.Agent(ctx, m, conn)
		return
	}
	in, out := protocol.NewReader(conn), protocol.NewWriter(conn)
	for {
		var r protocol.Request
		if err := in.Next(&r); protocol.IsGarbage(err) {
			continue
		} else if err != nil {
			return
		}
		if r.Hello != nil {
			_ = out.Send(protocol.Reply{Hello: m.hello(r.Hello.Nonce)}) // after a failure the next read fails
			continue
		}
		go m.answer(ctx, r, out)
	}
}

func (m *Machine) hello(nonce string) *protocol.Hello {
	return &protocol.Hello{
		Version: protocol.Version, Nonce: nonce, Boot: m.boot, Hostname: m.spec.Hostname,
		OSName: "Memory", OSID: "memory", OSVersion: "1", Arch: "x86_64", Kernel: "none", Systemd: "running",
	}
}

func (m *Machine) answer(ctx context.Context, r protocol.Request, out *protocol.Writer) {
	var reply protocol.Reply
	switch {
	case r.Run != nil:
		m.follow(ctx, m.run(*r.Run), r.ID, r.Run.AfterSeq, out)
		return
	case r.Exec != nil:
		m.follow(ctx, m.exec(*r.Exec), r.ID, r.Exec.AfterSeq, out)
		return
	case r.Cancel != nil:
		m.cancel(r.Cancel.Run)
	case r.Fingerprint != nil && m.config.Fingerprint != nil:
		reply.Fingerprint = m.config.Fingerprint(m, r.Fingerprint.Paths)
	case r.Fingerprint != nil:
		reply.Fingerprint = "nothing"
	}
	reply.ID, reply.End = r.ID, true
	_ = out.Send(reply) // the client may be gone
}

// follow sends the events of a job after a number, until its end.
func (m *Machine) follow(ctx context.Context, j *job, id, after int64, out *protocol.Writer) {
	for {
		j.mu.Lock()
		events, end, more := j.events[min(int(after), len(j.events)):], j.end, j.more
		j.mu.Unlock()
		for i := range events {
			if out.Send(protocol.Reply{ID: id, Event: &events[i]}) != nil {
				return
			}
			after = events[i].Seq
		}
		if end != nil {
			reply := *end
			reply.ID, reply.End = id, true
			_ = out.Send(reply) // a client that is gone asks again
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}

// ensure returns the job with this ID, and starts it if it is new.
func (m *Machine) ensure(id string, work func(context.Context, *job) protocol.Reply) *job {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j := m.jobs[id]; j != nil {
		return j
	}
	j := &job{more: make(chan struct{})}
	var ctx context.Context
	ctx, j.cancel = context.WithCancelCause(m.life)
	m.jobs[id] = j
	go func() {
		reply := work(ctx, j)
		if m.alive() { // a dead machine sends nothing
			j.update(func() { j.end = &reply })
		}
	}()
	return j
}

// update changes the job and wakes its followers.
func (j *job) update(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
	close(j.more)
	j.more = make(chan struct{})
}

func (j *job) emit(e protocol.Event) {
	j.update(func() {
		e.Seq, e.Time = int64(len(j.events))+1, time.Now().UTC()
		j.events = append(j.events, e)
	})
}

func (j *job) last() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return int64(len(j.events))
}

func (m *Machine) run(run protocol.Run) *job {
	return m.ensure(run.ID, func(ctx context.Context, j *job) protocol.Reply {
		carryOut := m.config.Run
		if carryOut == nil {
			carryOut = Succeed
		}
		started := time.Now().UTC()
		r := carryOut(ctx, m, run, j.emit)
		if r.Status == "" {
			r.Status = protocol.Success
		}
		if errors.Is(context.Cause(ctx), errCancelled) {
			r.Status, r.FailureMessage = protocol.Cancelled, "the run was cancelled"
		}
		r.ID, r.Started, r.Ended, r.LastSeq = run.ID, started, time.Now().UTC(), j.last()
		return protocol.Reply{Result: &r}
	})
}

// Succeed is the default of [Config.Run]: every document succeeds.
func Succeed(_ context.Context, _ *Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result {
	for _, d := range run.Documents {
		for _, s := range []protocol.Status{protocol.Running, protocol.Success} {
			emit(protocol.Event{Kind: protocol.KindDocument, Document: d.Name, ARN: d.ARN, Status: s})
		}
	}
	return protocol.Result{Status: protocol.Success, Executed: len(run.Documents)}
}

// Fail returns the result of a run that fails at the first step of its document n.
func Fail(run protocol.Run, n int, message string) protocol.Result {
	d := run.Documents[n]
	return protocol.Result{
		Status: protocol.Failed, Executed: n + 1, FailedSteps: 1,
		FailureMessage: "Document " + d.ARN + " failed!",
		Failed:         &protocol.Failure{Document: d.Name, ARN: d.ARN, Phase: "build", Step: "Step", Action: "ExecuteBash", Error: message},
	}
}

func (m *Machine) exec(exec protocol.Exec) *job {
	return m.ensure(exec.ID, func(ctx context.Context, j *job) protocol.Reply {
		var r protocol.ExecResult
		if m.config.Exec != nil {
			r = m.config.Exec(ctx, m, exec, j.emit)
		}
		if errors.Is(context.Cause(ctx), errCancelled) {
			r.ExitCode, r.Error = -1, "cancelled"
		}
		r.ID, r.LastSeq = exec.ID, j.last()
		return protocol.Reply{ExecResult: &r}
	})
}

func (m *Machine) cancel(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j := m.jobs[id]; j != nil {
		j.cancel(errCancelled)
	}
}
