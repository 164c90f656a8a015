package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ingot"
	"ingot/internal/artifact/blob"
	"ingot/internal/artifact/pool"
	"ingot/internal/config"
	"ingot/internal/distribute"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/nodes"
	"ingot/internal/imagelog"
	"ingot/internal/machine"
	"ingot/internal/machine/qemu"
	"ingot/internal/machine/sandbox"
	"ingot/internal/store"
)

// host is an open data directory: rows, pool and logs. The server and the commands have
// it open at the same time.
type host struct {
	id    string // names this host in the rows
	data  config.Data
	store *store.Store
	pool  *pool.Pool
	logs  *imagelog.Logs
}

// openHost opens a data directory; with make it makes a new one.
func openHost(ctx context.Context, data config.Data, make bool) (*host, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("this needs root, because it mounts disks and starts machines: run it with sudo")
	}
	h := &host{data: data, logs: imagelog.Open(data.Logs())}
	var err error
	if make {
		if err = data.Make(); err == nil {
			h.store, err = store.OpenSQLite(ctx, data.Database())
		}
	} else {
		h.store, err = openStore(ctx, data)
	}
	if err != nil {
		return nil, err
	}
	if h.id, err = adopt(ctx, data, h.store); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	if h.pool, err = pool.Open(ctx, string(data)); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

// adopt returns the id of this host, and sets it in the rows of releases that knew no
// hosts.
func adopt(ctx context.Context, data config.Data, s *store.Store) (id string, err error) {
	if id, err = data.Host(); err == nil {
		err = store.Adopt(ctx, s.DB(), id)
	}
	return id, err
}

func (h *host) Close() error { return errors.Join(h.pool.Close(), h.store.Close()) }

// dir returns a folder of the pool, which it makes if needed.
func (h *host) dir(name ...string) (string, error) {
	dir := filepath.Join(append([]string{h.pool.Dir()}, name...)...)
	return dir, os.MkdirAll(dir, 0o700)
}

// regions returns the blob stores.
func (h *host) regions() distribute.Regions {
	return distribute.Regions{
		Open: func(region string) (*blob.Local, error) {
			dir, err := h.dir("regions", region)
			if err != nil {
				return nil, err
			}
			return blob.OpenLocal(dir)
		},
		Sync: h.pool.Sync,
	}
}

func (h *host) nodes() (*nodes.Nodes, error) {
	dir, err := h.dir("nodes")
	return &nodes.Nodes{Store: h.store, Host: h.id, Dir: dir, Now: time.Now, CheckSpace: h.pool.CheckSpace, Fits: h.pool.Fits, Sync: h.pool.Sync}, err
}

// Names of backends.
const (
	sandboxBackend = "sandbox"
	qemuBackend    = "qemu"
)

// backends opens what this host can run. Without QEMU it builds only recipes that
// neither need QEMU nor test their images.
func (h *host) backends(agent string, logger *slog.Logger) (map[string]machine.Backend, error) {
	dir, err := h.dir("machines")
	if err != nil {
		return nil, err
	}
	helper, err := helperCommand()
	if err != nil {
		return nil, err
	}
	s, err := sandbox.New(sandbox.Config{Dir: dir, Agent: agent, Helper: helper, Logger: logger})
	if err != nil {
		return nil, err
	}
	all := map[string]machine.Backend{sandboxBackend: s}
	q, err := h.qemu(agent, logger)
	if errors.Is(err, qemu.ErrMissing) {
		logger.Warn("there are no virtual machines on this host, so no image can be tested", "why", err)
		return all, nil
	}
	all[qemuBackend] = q
	return all, err
}

// knownGuest returns the disk of the newest managed image, or "". Ingot made it, so if
// a machine on it does not start, the image is not the reason.
func (h *host) knownGuest(ctx context.Context) (string, error) {
	all, err := store.AllAMIs(ctx, h.store.DB())
	if err != nil {
		return "", err
	}
	for _, a := range slices.Backward(all) {
		if a.Account == ingot.OwnerManaged && !a.Staged {
			return h.regions().Path(a.Region, a.Digest)
		}
	}
	return "", nil
}

// qemuAlone opens the backend of virtual machines for a command.
func (h *host) qemuAlone() (*qemu.Backend, error) {
	agent, err := agentPath("")
	if err != nil {
		return nil, err
	}
	return h.qemu(agent, nil)
}

// verdicts is the folder in which every server of this host records whether KVM works;
// it is empty after a boot.
const verdicts = "/run"

func (h *host) qemu(agent string, logger *slog.Logger) (*qemu.Backend, error) {
	dir, err := h.dir("machines")
	if err != nil {
		return nil, err
	}
	helper, err := helperCommand()
	if err != nil {
		return nil, err
	}
	return qemu.New(qemu.Config{Dir: dir, Agent: agent, Helper: helper, Logger: logger, Guest: h.knownGuest, Verdicts: verdicts})
}

// machines returns the machines of this host.
func (h *host) machines(agent string, logger *slog.Logger) (*instance.Host, error) {
	all, err := h.backends(agent, logger)
	if err != nil {
		return nil, err
	}
	dir, err := h.dir("machines")
	if err != nil {
		return nil, err
	}
	return &instance.Host{ID: h.id, Store: h.store, Dir: dir, Backends: all, LastScreen: qemu.LastScreen}, nil
}

// agentPath finds the agent beside this program.
func agentPath(named string) (string, error) {
	if named == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		named = filepath.Join(filepath.Dir(self), "ingot-agent")
	}
	if _, err := os.Stat(named); err != nil {
		return "", fmt.Errorf("the agent is missing: %w (make build makes it; --agent names another place)", err)
	}
	return filepath.Abs(named)
}
