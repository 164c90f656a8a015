// Package server is the agent in a machine: it serves clients by the agent's protocol,
// over a unix socket or a virtio-serial port.
//
// A conversation is what follows a hello; see package protocol.
//
// Terms:
//
//   - job: a run or an exec; it is known by its ID, is started once, and continues
//     whether or not a client listens.
//   - state folder: the folder that holds one folder for each job: the request, its
//     spool, the executor's state and how it ended. It outlives the agent and the
//     restarts of the machine and is not on the image: the machine's backend chooses
//     where it is and removes it.
//
// A new server continues the jobs of the one before it: runs continue, or end with a
// sentence if one of their steps was interrupted.
package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/filelock"
)

// Config is what a server needs to know of its machine.
type Config struct {
	State string // the state folder, made when missing; only one server uses it
	Boot  string // differs in each life of the machine; see [Boot]
	// Restart restarts the machine; it returns when that has begun.
	Restart func(context.Context) error
}

// Server is an agent at work. Its methods are safe for several goroutines.
type Server struct {
	config  Config
	started time.Time
	lock    *os.File
	life    context.Context // until Close
	stop    context.CancelCauseFunc
	frozen  frozenSet

	mu   sync.Mutex
	jobs map[string]*job // by ID
}

// errStopping ends the jobs of a server that is closed; the next server continues them.
var errStopping = errors.New("the agent is stopping")

// New makes a server and continues the jobs in its state folder.
func New(c Config) (*Server, error) {
	if err := os.MkdirAll(c.State, 0o700); err != nil {
		return nil, fmt.Errorf("making the agent's state folder: %w", err)
	}
	s := &Server{config: c, started: time.Now().UTC(), jobs: map[string]*job{}}
	var err error
	if s.lock, err = lock(filepath.Join(c.State, "lock")); err != nil {
		return nil, err
	}
	s.life, s.stop = context.WithCancelCause(context.Background())
	if err := s.takeUp(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// lock excludes other agents from the state folder until the file is closed or the
// process has ended.
func lock(path string) (*os.File, error) {
	f, err := filelock.Try(path)
	if errors.Is(err, filelock.ErrLocked) {
		return nil, fmt.Errorf("another agent uses the state folder %s", filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("locking the agent's state folder: %w", err)
	}
	return f, nil
}

// Close stops the jobs, waits for them, and leaves them to the next server.
func (s *Server) Close() {
	s.stop(errStopping)
	s.mu.Lock()
	jobs := s.jobs
	s.jobs = nil // no more jobs are started
	s.mu.Unlock()
	for _, j := range jobs {
		<-j.stopped
		j.spool.close()
	}
	s.frozen.thawAll()
	_ = s.lock.Close() // nothing was written to it
}

// takeUp finds the jobs of an earlier server and continues those that have not ended.
func (s *Server) takeUp() error {
	entries, err := os.ReadDir(s.config.State)
	if err != nil {
		return fmt.Errorf("reading the agent's state folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		j, err := loadJob(filepath.Join(s.config.State, e.Name()))
		if errors.Is(err, errNoRequest) {
			continue // an earlier server died while it made the job, which did not begin
		}
		if err != nil {
			return err
		}
		s.jobs[j.id()] = j
		s.begin(j, false)
	}
	return nil
}

// ensure finds the job with the request's ID or starts it.
func (s *Server) ensure(r request) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs == nil {
		return nil, errStopping
	}
	if j := s.jobs[r.id()]; j != nil {
		return j, nil
	}
	if r.id() == "" {
		return nil, errors.New("a run needs an id")
	}
	j, err := makeJob(s.folder(r.id()), r)
	if err != nil {
		return nil, err
	}
	s.jobs[r.id()] = j
	s.begin(j, true)
	return j, nil
}

// folder is where a job's files are; IDs may hold anything.
func (s *Server) folder(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(s.config.State, hex.EncodeToString(sum[:16]))
}

// cancel ends a job, and waits until it has stopped.
func (s *Server) cancel(ctx context.Context, id string) error {
	s.mu.Lock()
	j := s.jobs[id]
	s.mu.Unlock()
	if j == nil {
		return nil
	}
	if err := j.markCancelled(); err != nil {
		return err
	}
	select {
	case <-j.stopped:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// answer serves a request that has one short answer.
func (s *Server) answer(ctx context.Context, r protocol.Request) (protocol.Reply, error) {
	switch {
	case r.Cancel != nil:
		return protocol.Reply{}, s.cancel(ctx, r.Cancel.Run)
	case r.Sync != nil:
		return protocol.Reply{}, syncDisks()
	case r.Freeze != nil:
		return protocol.Reply{}, s.frozen.freeze(r.Freeze.Path, time.Duration(r.Freeze.MaxMillis)*time.Millisecond)
	case r.Thaw != nil:
		return protocol.Reply{}, s.frozen.thaw(r.Thaw.Path)
	case r.Fingerprint != nil:
		sum, err := fingerprint(r.Fingerprint.Paths)
		return protocol.Reply{Fingerprint: sum}, err
	case r.Ping != nil:
		return protocol.Reply{}, nil
	}
	return protocol.Reply{}, errors.New("the agent does not know this request")
}
