package memory_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
	"ingot/internal/machine/memory"
)

// launch starts a machine on a small disk.
func launch(t *testing.T, c memory.Config, token string) (*memory.Backend, machine.Machine) {
	t.Helper()
	b := memory.New(c)
	file := filepath.Join(c.Dir, token, "disk.raw")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("a disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := b.Launch(t.Context(), machine.Spec{Token: token, Disk: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Destroy(context.Background(), token); err != nil {
			t.Error(err)
		}
	})
	return b, m
}

func TestRunOutlivesItsBackend(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	c := memory.Config{Dir: t.TempDir(), Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result {
		emit(protocol.Event{Kind: protocol.KindLog, Text: "one"})
		close(started)
		<-release
		emit(protocol.Event{Kind: protocol.KindLog, Text: "two"})
		return memory.Fail(run, 0, "exit status 1")
	}}
	_, m := launch(t, c, "m-1")
	run := protocol.Run{ID: "a/b", Documents: []protocol.Document{{ARN: "arn"}}}
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-started; leave() }()
	if _, err := client.New(m.Dial).Run(ctx, run, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run = %v", err)
	}

	again, err := memory.New(memory.Config{Dir: c.Dir}).Attach(t.Context(), "m-1")
	if err != nil {
		t.Fatal(err)
	}
	close(release)
	run.AfterSeq = 1
	var said []string
	r, err := client.New(again.Dial).Run(t.Context(), run, func(e protocol.Event) { said = append(said, e.Text) })
	if err != nil || r.Status != protocol.Failed || r.LastSeq != 2 || len(said) != 1 || said[0] != "two" {
		t.Fatalf("Run = %+v, %v; said %q", r, err, said)
	}
}

func TestLoseAndSnapshot(t *testing.T) {
	b, m := launch(t, memory.Config{Dir: t.TempDir()}, "m-2")
	a := client.New(m.Dial)
	if err := errors.Join(a.Sync(t.Context()), m.Snapshot(t.Context(), filepath.Join(t.TempDir(), "copy"))); err != nil {
		t.Fatal(err)
	}
	b.Lose("m-2")
	var exit *machine.Exit
	if _, err := a.Exec(t.Context(), protocol.Exec{ID: "x"}, nil); !errors.As(err, &exit) || exit.Kind != machine.Killed {
		t.Fatalf("Exec on a lost machine = %v", err)
	}
	if _, err := b.Attach(t.Context(), "m-2"); !errors.Is(err, machine.ErrNotFound) {
		t.Fatalf("Attach = %v", err)
	}
	if tokens, err := b.Tokens(t.Context()); err != nil || len(tokens) != 1 {
		t.Fatalf("Tokens = %v, %v", tokens, err)
	}
}

func TestCancel(t *testing.T) {
	started := make(chan struct{})
	_, m := launch(t, memory.Config{Dir: t.TempDir(), Run: func(ctx context.Context, _ *memory.Machine, _ protocol.Run, _ func(protocol.Event)) protocol.Result {
		close(started)
		<-ctx.Done()
		return protocol.Result{}
	}}, "m-3")
	a := client.New(m.Dial)
	go func() { <-started; _ = a.Cancel(t.Context(), "r") }()
	if r, err := a.Run(t.Context(), protocol.Run{ID: "r"}, nil); err != nil || r.Status != protocol.Cancelled {
		t.Fatalf("Run = %+v, %v", r, err)
	}
}
