package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ingot/internal/api"
	"ingot/internal/api/listen"
	"ingot/internal/api/sigv4"
	"ingot/internal/artifact/disk"
	"ingot/internal/config"
	"ingot/internal/engine"
	"ingot/internal/engine/call"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
	"ingot/internal/machine"
	"ingot/internal/machine/network"
	"ingot/internal/machine/qemu"
	"ingot/internal/machine/sandbox"
	"ingot/internal/neighbour/ebs"
	"ingot/internal/neighbour/ec2"
	"ingot/internal/neighbour/organizations"
	"ingot/internal/neighbour/sts"
	"ingot/internal/service"
	"ingot/internal/store"
	"ingot/internal/wholefile"
)

// settings are the flags of serve.
type settings struct {
	limits
	listen, agent, machine, ready string
	unsafe                        bool
	certificate, key              string
	cacheMaxAge, bootTime         time.Duration
	logLevel                      slog.LevelVar
}

func newServe() *cobra.Command {
	s := &settings{}
	c := &cobra.Command{
		Use: "serve", Short: "answer the API and run builds until it is told to stop", Args: cobra.NoArgs,
		Long: `Answers the APIs of Image Builder, EC2 and STS and runs builds. One line on standard
output says that it is ready; the log goes to standard error. After SIGTERM machines run
on, and the next start continues their builds.`,
	}
	f := c.Flags()
	f.StringVar(&s.listen, "listen", config.DefaultListen, "address to listen on; others than loopback should have TLS")
	f.StringVar(&s.certificate, "tls-cert", "", "PEM file with the certificate for TLS; it is read again when it changes")
	f.StringVar(&s.key, "tls-key", "", "PEM file with the key for TLS")
	f.StringVar(&s.agent, "agent", "", "the agent's static binary (default ingot-agent beside this program)")
	f.StringVar(&s.machine, "machine", "auto", "machines that build: sandbox, qemu, or auto (qemu where KVM has booted the managed image, else sandbox)")
	unsafeFlag(f, &s.unsafe)
	s.limits.flags(f)
	f.DurationVar(&s.cacheMaxAge, "cache-max-age", 24*time.Hour, "how long a cached step is used")
	f.DurationVar(&s.bootTime, "boot-time", instance.DefaultBootTime, "how long an instance may take to boot before it has failed")
	f.StringVar(&s.ready, "ready-file", "", "file that gets the line that says that the server is ready")
	f.TextVar(&s.logLevel, "log-level", &s.logLevel, "debug, info, warn or error")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := knowsAll(c.Root(), configFile(c)); err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return err
		}
		return serve(c.Context(), dataOf(c), s, c.OutOrStdout())
	}
	return c
}

// unsafeFlag defines the one setting that removes a wall. It is a flag of doctor, too.
func unsafeFlag(f *pflag.FlagSet, to *bool) {
	f.BoolVar(to, "unsafe-sandbox", false, "start sandboxes also where their root is root of this host because user namespaces are missing")
}

// check refuses meaningless numbers.
func (s *settings) check() error {
	switch {
	case s.bootTime <= 0:
		return fmt.Errorf("--boot-time is %s; it must be more than nothing", s.bootTime)
	case (s.certificate == "") != (s.key == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case s.cacheMaxAge < 0:
		return fmt.Errorf("--cache-max-age is %s; it must be 0 or more", s.cacheMaxAge)
	}
	return s.limits.check()
}

// knowsAll refuses a configuration file with keys that no command has.
func knowsAll(root *cobra.Command, file string) error {
	unknown, err := config.Unknown(file, append(flagsBelow(root), root.PersistentFlags())...)
	if err != nil || len(unknown) == 0 {
		return err
	}
	return fmt.Errorf("the configuration file has keys that are not flags of any command: %s; `ingot serve --help` lists the server's", strings.Join(unknown, ", "))
}

// flagsBelow collects the flags of all commands below one.
func flagsBelow(c *cobra.Command) (sets []*pflag.FlagSet) {
	for _, sub := range c.Commands() {
		sets = append(append(sets, sub.Flags()), flagsBelow(sub)...)
	}
	return sets
}

// serve runs until ctx ends.
func serve(ctx context.Context, data config.Data, s *settings, out io.Writer) (err error) {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: &s.logLevel}))
	if os.Geteuid() != 0 {
		return errors.New("serve needs root, because it mounts disks and starts machines: sudo ingot serve")
	}
	if err := data.Make(); err != nil {
		return err
	}
	if err := data.Lock(); err != nil {
		return err
	}
	certificate, err := s.secure(logger)
	if err != nil {
		return err
	}
	l, err := s.bind()
	if err != nil {
		return err
	}
	defer l.Close()
	if host, ok := l.Addr().(*net.TCPAddr); ok && !host.IP.IsLoopback() && s.certificate == "" {
		logger.Warn("answers can be read on the network: --tls-cert and --tls-key keep them secret", "address", l.Addr())
	}
	h, err := openHost(ctx, data, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := firstKey(ctx, h.store); err != nil {
		return err
	}
	e, err := newEngine(ctx, h, s, logger)
	if err != nil {
		return err
	}
	if err := e.Launch(ctx); err != nil {
		return err
	}
	defer e.Close()
	if err := network.Sweep(); err != nil { // machines that need it report it themselves
		logger.Warn("rules that a killed server left are still in the packet filter", "because", err)
	}
	if err := s.announce(data, l, out); err != nil {
		return err
	}
	return listen.Serve(ctx, l, listen.Config{Handler: handler(h, e, logger), Logger: logger, Certificate: certificate})
}

// bind opens the port.
func (s *settings) bind() (net.Listener, error) {
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%w: is another server running?", err)
		}
		return nil, fmt.Errorf("%w; --listen takes another address", err)
	}
	return l, nil
}

// secure reads the certificate, if one is set.
func (s *settings) secure(logger *slog.Logger) (*listen.Certificate, error) {
	if s.certificate == "" {
		return nil, nil
	}
	return listen.LoadCertificate(s.certificate, s.key, logger)
}

// announce records and prints the address at which the server is ready.
func (s *settings) announce(data config.Data, l net.Listener, out io.Writer) error {
	scheme := "http"
	if s.certificate != "" {
		scheme = "https"
	}
	url := scheme + "://" + l.Addr().String()
	if err := data.SetEndpoint(url); err != nil {
		return err
	}
	line := fmt.Sprintf("ingot %s answers at %s, data in %s\n", version, url, data)
	if s.ready != "" {
		if err := wholefile.Write(s.ready, []byte(line)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, line)
	return err
}

// newEngine opens the machines of this host and an engine that uses them.
func newEngine(ctx context.Context, h *host, s *settings, logger *slog.Logger) (*engine.Engine, error) {
	agent, err := agentPath(s.agent)
	if err != nil {
		return nil, err
	}
	machines, err := h.machines(agent, logger)
	if err != nil {
		return nil, err
	}
	machines.BootTime = s.bootTime
	if b, ok := machines.Backends[sandboxBackend].(*sandbox.Backend); ok {
		b.Unsafe = s.unsafe
	}
	if machines.Default, err = s.builder(ctx, machines.Backends); err != nil {
		return nil, err
	}
	nodes, err := h.nodes()
	if err != nil {
		return nil, err
	}
	size, err := sizeOfHost()
	if err != nil {
		return nil, err
	}
	var all places.Limits
	all, machines.Limits = s.limits.of(size)
	poolSize, err := h.pool.Size()
	if err != nil {
		return nil, err
	}
	h.pool.Reserve = s.limits.pool.of(poolSize)
	e, err := engine.New(ctx, engine.Config{
		Store: h.store, Logs: h.logs, Logger: logger, Data: string(h.data), CacheMaxAge: s.cacheMaxAge,
		Limits: all, Room: h.pool.Room, KeepMachines: s.keep,
		Catalog:   service.Catalog{},
		PartFiles: []string{filepath.Join(h.pool.Dir(), "tmp", "*"), filepath.Join(h.pool.Dir(), "regions", "*", "*.part")},
		Build: call.Build{
			Store: h.store, Host: machines, Nodes: nodes, Regions: h.regions(),
			TestBackend: qemuBackend, KernelBackend: qemuBackend, Allowance: s.allowance.of(poolSize), RemoveNodes: disk.RemoveNodes,
		},
	})
	if q, ok := machines.Backends[qemuBackend].(*qemu.Backend); ok && err == nil {
		q.Counted = func(id string, cpus, memoryMiB int) func() {
			return e.Count(id, places.Demand{CPUs: cpus, MemoryMiB: memoryMiB})
		}
	}
	return e, err
}

// builder returns a function that names the backend for builds: the one that was asked
// for, else qemu if KVM passed its test, else sandbox. A virtual machine without KVM
// takes half a minute for what a sandbox does in four seconds. The test needs the
// managed image, which may be pulled after the server has started; so each build asks,
// and the backend remembers the result.
func (s *settings) builder(ctx context.Context, all map[string]machine.Backend) (func() string, error) {
	switch s.machine {
	case sandboxBackend, qemuBackend:
		if all[s.machine] == nil {
			return nil, fmt.Errorf("this host has no %s machines; `ingot doctor` says why", s.machine)
		}
		return func() string { return s.machine }, nil
	case "auto":
		return func() string { return automatic(ctx, all) }, nil
	}
	return nil, fmt.Errorf("--machine must be auto, sandbox or qemu, not %q", s.machine)
}

func automatic(ctx context.Context, all map[string]machine.Backend) string {
	if q, ok := all[qemuBackend].(*qemu.Backend); ok && q.KVM(ctx) {
		return qemuBackend
	}
	return sandboxBackend
}

// keys reads access keys.
type keys struct{ store *store.Store }

func handler(h *host, e *engine.Engine, logger *slog.Logger) http.Handler {
	return api.New(api.Config{
		ImageBuilder: service.New(service.Config{Store: h.store, Builder: e, Logger: logger}),
		EC2:          ec2.New(h.store), STS: sts.New(), Keys: keys{h.store}, Logger: logger, Version: version,
		Organizations: organizations.New(), EBS: ebs.New(),
		Region: service.ValidRegion,
	})
}

// Key implements [sigv4.Keys].
func (k keys) Key(ctx context.Context, id string) (sigv4.Key, bool, error) {
	found, err := store.KeyByID(ctx, k.store.DB(), id)
	if errors.Is(err, store.ErrNoRows) {
		return sigv4.Key{}, false, nil
	}
	return sigv4.Key{Secret: found.Secret, Account: found.Account, ARN: "arn:aws:iam::" + found.Account + ":user/" + found.User}, err == nil, err
}
