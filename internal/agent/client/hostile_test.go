package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
	"ingot/internal/machine"
	"ingot/internal/machine/memory"
)

// guest speaks in the agent's place on one connection.
type guest struct {
	conn net.Conn
	in   *protocol.Reader
	out  *protocol.Writer
}

// connect returns a client of a machine in which say speaks in the agent's place.
func connect(t *testing.T, say func(g *guest)) *client.Client {
	t.Helper()
	c := memory.Config{Dir: t.TempDir(), Agent: func(_ context.Context, _ *memory.Machine, conn net.Conn) {
		say(&guest{conn, protocol.NewReader(conn), protocol.NewWriter(conn)})
	}}
	disk := filepath.Join(c.Dir, "disk.raw")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := memory.New(c)
	m, err := b.Launch(t.Context(), machine.Spec{Token: "m-1", Disk: disk})
	if err != nil {
		t.Fatal(err)
	}
	a := client.New(m.Dial)
	t.Cleanup(func() {
		a.Close()
		if err := b.Destroy(context.Background(), "m-1"); err != nil {
			t.Error(err)
		}
	})
	return a
}

// next returns the client's next request, or an empty one if the client is gone.
func (g *guest) next() (r protocol.Request) {
	for {
		r = protocol.Request{}
		if err := g.in.Next(&r); !protocol.IsGarbage(err) {
			return r
		}
	}
}

// hello answers the client's hello as an agent does.
func (g *guest) hello() {
	if r := g.next(); r.Hello != nil {
		_ = g.out.Send(protocol.Reply{Hello: &protocol.Hello{Version: protocol.Version, Nonce: r.Hello.Nonce}}) // the next read reports it
	}
}

// TestHelloAndHangUp: a guest that says hello and hangs up does not count as an agent
// that answers. The call ends with the client's patience, and few conversations come
// until then.
func TestHelloAndHangUp(t *testing.T) {
	for name, then := range map[string]func(g *guest){
		"at once":           func(*guest) {},
		"after the request": func(g *guest) { g.next() },
		"after other words": func(g *guest) {
			_ = g.out.Send(protocol.Reply{ID: g.next().ID, Event: &protocol.Event{Seq: 0, Text: "nothing new"}})
			_ = g.out.Send(protocol.Reply{ID: -1, End: true}) // there was no ping
			_ = g.out.Send(protocol.Reply{ID: 99, End: true})
		},
		"saying that it is new": func(g *guest) { _ = g.out.Send(protocol.Reply{Here: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			var hellos atomic.Int64
			a := connect(t, func(g *guest) {
				hellos.Add(1)
				g.hello()
				then(g)
			})
			a.Patience = 700 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := a.Run(ctx, protocol.Run{ID: "r"}, nil)
			if !errors.Is(err, client.ErrLost) {
				t.Errorf("Run = %v", err)
			}
			if n := hellos.Load(); n < 2 || n > 20 {
				t.Errorf("%d conversations in %v", n, a.Patience)
			}
		})
	}
}

// TestPatienceCountsFromTheLastUsefulAnswer: a machine that restarts again and again and
// comes further each time is followed for longer than the patience.
func TestPatienceCountsFromTheLastUsefulAnswer(t *testing.T) {
	const events = 12
	a := connect(t, func(g *guest) {
		g.hello()
		r := g.next()
		if r.Run == nil {
			return
		}
		n := r.Run.AfterSeq + 1 // an event may be lost with its connection
		_ = g.out.Send(protocol.Reply{ID: r.ID, Event: &protocol.Event{Seq: n, Text: fmt.Sprint(n)}})
		if n == events {
			_ = g.out.Send(protocol.Reply{ID: r.ID, End: true, Result: &protocol.Result{Status: protocol.Success}})
			g.next() // until the client leaves
		}
	})
	a.Patience = 2 * time.Second // the pauses of twelve conversations are longer in all
	said := ""
	began := time.Now()
	r, err := a.Run(t.Context(), protocol.Run{ID: "r"}, func(e protocol.Event) { said += e.Text })
	if err != nil || r.Status != protocol.Success || said != "123456789101112" {
		t.Errorf("Run = %+v, %v; said %q", r, err, said)
	}
	if took := time.Since(began); took < a.Patience {
		t.Errorf("it took %v, so that the patience was not tried", took)
	}
}

// TestAFloodEnds: a flood of any kind ends before it has cost more than its bound, and
// every further call fails.
func TestAFloodEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: gigabytes are read")
	}
	long := strings.Repeat("x", protocol.MaxText)
	for name, c := range map[string]struct {
		say   func(g *guest, id int64) error // one piece
		most  int64                          // bytes
		while func(a *client.Client, ctx context.Context) error
	}{
		"events of the run": {
			func(g *guest, id int64) error {
				return g.out.Send(protocol.Reply{ID: id, Event: &protocol.Event{Seq: seq(), Text: long}})
			},
			protocol.MaxRunBytes, running,
		},
		"events of no run": {
			func(g *guest, _ int64) error {
				return g.out.Send(protocol.Reply{ID: 99, Event: &protocol.Event{Seq: seq(), Text: long}})
			},
			protocol.MaxJunkBytes, running,
		},
		"events of a question": {
			func(g *guest, id int64) error {
				return g.out.Send(protocol.Reply{ID: id, Event: &protocol.Event{Seq: seq(), Text: long}})
			},
			protocol.MaxRunBytes, func(a *client.Client, ctx context.Context) error { return a.Sync(ctx) },
		},
		"no messages": {
			func(g *guest, _ int64) error { _, err := g.conn.Write([]byte(long + "\n")); return err },
			protocol.MaxJunkBytes, running,
		},
		"a line without end": {
			func(g *guest, _ int64) error { _, err := g.conn.Write([]byte(long)); return err },
			protocol.MaxJunkBytes, running,
		},
		"empty lines": {
			func(g *guest, _ int64) error { _, err := g.conn.Write(bytes.Repeat([]byte{'\n'}, 64<<10)); return err },
			protocol.MaxJunkBytes, running,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var said atomic.Int64
			a := connect(t, func(g *guest) {
				counted := &counter{Conn: g.conn, n: &said}
				g.conn, g.out = counted, protocol.NewWriter(counted)
				g.hello()
				for id := g.next().ID; c.say(g, id) == nil; {
				}
			})
			err := c.while(a, t.Context())
			if !errors.Is(err, client.ErrExcess) {
				t.Errorf("the call ended with %v", err)
			}
			const underWay = 64 << 20 // the rest of a line, and what sockets hold
			if n := said.Load(); n > c.most+underWay {
				t.Errorf("%d bytes were taken, the bound is %d", n, c.most)
			}
		})
	}
}

func running(a *client.Client, ctx context.Context) error {
	_, err := a.Run(ctx, protocol.Run{ID: "r"}, func(protocol.Event) {})
	return err
}

var last atomic.Int64

func seq() int64 { return last.Add(1) }

// counter counts what is written.
type counter struct {
	net.Conn
	n *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// TestTextsAreCut before they are kept.
func TestTextsAreCut(t *testing.T) {
	huge := strings.Repeat("é", 300_000)
	a := connect(t, func(g *guest) {
		g.hello()
		for {
			switch r := g.next(); {
			case r.Run != nil:
				_ = g.out.Send(protocol.Reply{ID: r.ID, Event: &protocol.Event{
					Seq: 1, Time: time.Now().AddDate(100, 0, 0), Kind: protocol.Kind(huge), Stream: huge, Text: huge, Document: huge, ARN: huge,
					Phase: huge, Step: huge, Action: huge, Status: protocol.Status(huge),
				}})
				_ = g.out.Send(protocol.Reply{ID: r.ID, End: true, Result: &protocol.Result{
					ID: huge, Status: protocol.Failed, FailureMessage: huge, LogFolder: huge, LastSeq: math.MaxInt64,
					Failed: &protocol.Failure{Document: huge, Phase: huge, Step: huge, Action: huge, Error: huge, Stderr: huge + "last"},
				}})
			case r.Exec != nil:
				_ = g.out.Send(protocol.Reply{ID: r.ID, End: true, ExecResult: &protocol.ExecResult{Error: huge, Stdout: huge, Stderr: huge}})
			case r.Fingerprint != nil:
				_ = g.out.Send(protocol.Reply{ID: r.ID, End: true, Fingerprint: huge})
			case r.Sync != nil:
				_ = g.out.Send(protocol.Reply{ID: r.ID, End: true, Error: huge})
			default:
				return
			}
		}
	})
	var e protocol.Event
	r, err := a.Run(t.Context(), protocol.Run{ID: "r"}, func(got protocol.Event) { e = got })
	if err != nil {
		t.Fatal(err)
	}
	x, err := a.Exec(t.Context(), protocol.Exec{ID: "x"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	print, err := a.Fingerprint(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		value any
		most  int
	}{
		"event": {e, protocol.MaxText + protocol.MaxARN + 8*protocol.MaxName}, "result": {r, 5*protocol.MaxMessage + 8*protocol.MaxName},
		"exec": {x, protocol.MaxStdout + 3*protocol.MaxMessage}, "fingerprint": {print, 2 * protocol.MaxName},
		"error": {a.Sync(t.Context()).Error(), 2 * protocol.MaxMessage},
	} {
		text, err := json.Marshal(c.value)
		if err != nil || len(text) > c.most || strings.Contains(string(text), "\ufffd") {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	if !strings.HasSuffix(r.Failed.Stderr, "last") || e.Time.After(time.Now()) {
		t.Errorf("the end of standard error is %.20q; the event is of %v", r.Failed.Stderr, e.Time)
	}
}
