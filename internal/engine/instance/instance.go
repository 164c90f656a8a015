// Package instance starts build and test instances and finds them again.
//
// A workflow names an instance by its id. The machine of an instance may change: when one
// is lost, another continues from the last node, under a new token.
//
// Terms:
//
//   - generation: the time of an instance on one machine. A component never runs twice
//     on the disk of one generation.
//   - base: the disk that a generation began with: a node, or an image.
package instance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ingot/internal/agent/client"
	"ingot/internal/artifact/disk"
	"ingot/internal/imagelog"
	"ingot/internal/machine"
	"ingot/internal/machine/folder"
	"ingot/internal/store"
)

// Host starts and finds the instances of this host.
type Host struct {
	ID       string // as in the rows of its machines
	Store    *store.Store
	Dir      string                     // folder of machines, on the file system of nodes and blobs
	Backends map[string]machine.Backend // by name
	Default  func() string              // returns the backend that builds by default
	Limits   Size                       // of one instance
	BootTime time.Duration              // until a machine's agent answers; 0: DefaultBootTime
	// Clones is the folder in which disks of machines wait to become nodes, named
	// *.raw.<token>; they are removed with their machine. It may be empty.
	Clones string
	// LastScreen returns the end of a console file for people; may be nil.
	LastScreen func(console string) string
	// Ended is called with the id of an instance whose machine is gone; may be nil.
	Ended func(id string)

	clients sync.Map // of machines' agents, by token
}

// Launch describes the start of a generation of an instance. It is kept in the instance's
// row, so that a later process can find or repeat it.
type Launch struct {
	Base       string   `json:"base"`      // path of the disk it begins with
	Continues  bool     `json:"continues"` // the base is in the middle of a build
	Hostname   string   `json:"hostname"`
	Firmware   string   `json:"firmware,omitempty"`
	Size       Size     `json:"size"`
	Promise    int64    `json:"promise,omitempty"` // bytes that it may write; see package places
	Generation int      `json:"generation"`
	Progress   Progress `json:"progress"`
	// Hold is called in the transaction that records the launch; its error rolls that
	// back.
	Hold func(context.Context, store.Querier) error `json:"-"`
}

// Progress is how far the components have come in this generation, recorded before each
// of them begins. A later process continues by it with a machine that ran on without a
// server.
type Progress struct {
	Applied int `json:"applied"` // components that have run and whose disk was kept
	// Key names the disk with these components.
	Key string `json:"key"`
	// Kernel is the fingerprint of kernels and bootloader before the next one.
	Kernel string `json:"kernel,omitempty"`
	// Decisions say how each component gets into the image; see package nodes.
	Decisions json.RawMessage `json:"decisions,omitempty"`
	// Cleaned means that the machine was made ready to become an image.
	Cleaned bool `json:"cleaned,omitempty"`
	// Stopped means that the machine was powered off in order, so its disk is whole.
	Stopped bool `json:"stopped,omitempty"`
	// Since is set when the build runs again without the cache: only nodes that it
	// made after that time are its own.
	Since string `json:"since,omitempty"`
}

// Live is an instance with its running machine and agent.
type Live struct {
	Row     store.Instance
	Launch  Launch
	Machine machine.Machine
	Agent   *client.Client
	Log     *imagelog.Log
}

// DefaultBootTime is how long a machine may take until its agent answers. A TCG
// machine needs 20 s on an idle host.
const DefaultBootTime = 4 * time.Minute

// ID returns the id of an instance. The same arguments give the same id.
func ID(image, step string, attempt int) string {
	return "i-" + Hex(17, image, step, attempt)
}

// Hex returns n hex digits that depend on all parts.
func Hex(n int, parts ...any) string {
	sum := sha256.Sum256(fmt.Appendln(nil, parts...))
	return hex.EncodeToString(sum[:])[:n]
}

func token(id string, generation int) string {
	return "m-" + Hex(16, id, generation)
}

// Start ensures the first generation of an instance. Called again, it finds the live
// machine with its launch, or begins anew: nothing runs on a machine before its start is
// recorded.
func (h *Host) Start(ctx context.Context, row store.Instance, l Launch, log *imagelog.Log) (*Live, error) {
	live, err := h.Find(ctx, row.Account, row.Region, row.ID, log)
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrLost) {
		return h.begin(ctx, row, l, log)
	}
	return live, err
}

// Renew replaces the machine of an instance by a new generation on another base
// or backend. The old machine is destroyed first.
func (h *Host) Renew(ctx context.Context, live *Live, backend string, l Launch) (*Live, error) {
	if err := h.destroy(ctx, live.Row.Token); err != nil {
		return nil, err
	}
	row := live.Row
	row.Backend = backend
	l.Generation = live.Launch.Generation + 1
	l.Hostname, l.Size, l.Promise = live.Launch.Hostname, live.Launch.Size, live.Launch.Promise
	return h.begin(ctx, row, l, live.Log)
}

func (h *Host) begin(ctx context.Context, row store.Instance, l Launch, log *imagelog.Log) (*Live, error) {
	row.Token = token(row.ID, l.Generation)
	live := &Live{Row: row, Launch: l, Log: log}
	err := h.Store.Update(ctx, func(tx *store.Tx) error {
		if l.Hold != nil {
			if err := l.Hold(ctx, tx); err != nil {
				return err
			}
		}
		return h.record(ctx, tx, live)
	})
	if err != nil {
		return nil, err
	}
	if live.Machine, err = h.ensure(ctx, live.Row, l); err != nil {
		return nil, err
	}
	return live, h.greet(ctx, live)
}

// Record writes the row of an instance with its launch and progress.
func (h *Host) Record(ctx context.Context, live *Live) error {
	return h.record(ctx, h.Store.DB(), live)
}

func (h *Host) record(ctx context.Context, q store.Querier, live *Live) error {
	text, err := json.Marshal(live.Launch)
	if err != nil {
		return err
	}
	live.Row.Launch, live.Row.Host = string(text), h.ID
	if err := store.PutInstance(ctx, q, live.Row); err != nil {
		return fmt.Errorf("recording instance %s: %w", live.Row.ID, err)
	}
	return nil
}

// ensure returns the machine of the row. If it does not live, ensure starts it from a
// fresh clone of its base.
func (h *Host) ensure(ctx context.Context, row store.Instance, l Launch) (machine.Machine, error) {
	b, err := h.backend(row)
	if err != nil {
		return nil, err
	}
	m, err := b.Attach(ctx, row.Token)
	if err == nil || !errors.Is(err, machine.ErrNotFound) {
		return m, err
	}
	if err := h.destroy(ctx, row.Token); err != nil {
		return nil, err
	}
	file := h.DiskOf(row.Token)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	if err := disk.Clone(ctx, l.Base, file); err != nil {
		return nil, fmt.Errorf("cloning the disk of instance %s: %w", row.ID, err)
	}
	return b.Launch(ctx, machine.Spec{
		Token: row.Token, Disk: file, CPUs: l.Size.CPUs, MemoryMiB: l.Size.MemoryMiB,
		Hostname: l.Hostname, Continues: l.Continues, Firmware: l.Firmware,
	})
}

// backend returns the backend of the instance; the host may have lost it since.
func (h *Host) backend(row store.Instance) (machine.Backend, error) {
	b := h.Backends[row.Backend]
	if b == nil {
		return nil, fmt.Errorf("instance %s needs %s machines, and this host has none; `ingot doctor` says why", row.ID, row.Backend)
	}
	return b, nil
}

// DiskOf returns the disk file of the machine with the token.
func (h *Host) DiskOf(token string) string { return filepath.Join(h.Dir, token, "disk.raw") }

// ErrNoAgent is the error of a machine whose agent did not answer in time.
var ErrNoAgent = errors.New("verifying the agent's availability on the target instance timed out")

// greet waits for the agent. If it does not answer, the last screen of the console goes
// to the log.
func (h *Host) greet(ctx context.Context, live *Live) error {
	live.Agent = h.agent(live)
	whole := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(h.BootTime, DefaultBootTime), ErrNoAgent)
	defer cancel()
	if _, err := live.Agent.Hello(ctx); err != nil {
		if whole.Err() == nil { // it is the machine's fault
			h.showConsole(live)
		}
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("starting instance %s: %w", live.Row.ID, err)
	}
	return nil
}

// agent returns the client of a machine, the same one for all callers, because an agent
// has one connection.
func (h *Host) agent(live *Live) *client.Client {
	c, _ := h.clients.LoadOrStore(live.Row.Token, client.New(live.Machine.Dial))
	return c.(*client.Client)
}

func (h *Host) showConsole(live *Live) {
	c, ok := live.Machine.(machine.Consoler)
	if !ok || h.LastScreen == nil {
		return
	}
	if screen := h.LastScreen(c.Console()); screen != "" {
		live.Log.Printf(live.Row.Stage, "last screen of the console of %s:", live.Row.ID)
		live.Log.Write(imagelog.Entry{Source: live.Row.Stage, From: "console", Text: screen})
	}
}

// ErrLost means that the machine of an instance is gone.
var ErrLost = errors.New("the machine of the instance is lost")

// ErrUnknown means that there is no such instance.
var ErrUnknown = errors.New("there is no such instance")

// Find re-attaches to an instance. With ErrLost it also returns a Live with row and
// launch, for [Host.Renew].
func (h *Host) Find(ctx context.Context, account, region, id string, log *imagelog.Log) (*Live, error) {
	row, err := store.InstanceByID(ctx, h.Store.DB(), account, region, id)
	if errors.Is(err, store.ErrNoRows) {
		return nil, fmt.Errorf("%s: %w", id, ErrUnknown)
	}
	if err != nil {
		return nil, err
	}
	live := &Live{Row: row, Log: log}
	if err := json.Unmarshal([]byte(row.Launch), &live.Launch); err != nil {
		return nil, err
	}
	b, err := h.backend(row)
	if err != nil {
		return nil, err
	}
	live.Machine, err = b.Attach(ctx, row.Token)
	if errors.Is(err, machine.ErrNotFound) {
		return live, ErrLost
	}
	if err != nil {
		return nil, err
	}
	return live, h.greet(ctx, live)
}

// Terminate destroys the machine of an instance and deletes its row. It is not an error
// if the instance is gone already.
func (h *Host) Terminate(ctx context.Context, account, region, id string) error {
	row, err := store.InstanceByID(ctx, h.Store.DB(), account, region, id)
	if err == nil {
		if err := h.destroy(ctx, row.Token); err != nil {
			return fmt.Errorf("terminating instance %s: %w", id, err)
		}
		err = store.DeleteInstance(ctx, h.Store.DB(), account, region, id)
	}
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if h.Ended != nil {
		h.Ended(id)
	}
	return nil
}

// destroy destroys what has the token on any backend.
func (h *Host) destroy(ctx context.Context, token string) error {
	var all error
	if c, known := h.clients.LoadAndDelete(token); known {
		c.(*client.Client).Close()
	}
	for _, b := range h.Backends {
		all = errors.Join(all, b.Destroy(ctx, token))
	}
	return errors.Join(all, folder.RemoveAll(filepath.Dir(h.DiskOf(token))), h.removeClones(token))
}

func (h *Host) removeClones(token string) (all error) {
	if h.Clones == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(h.Clones, "*.raw."+token+"*"))
	for _, f := range files {
		all = errors.Join(all, os.Remove(f))
	}
	return errors.Join(err, all)
}
