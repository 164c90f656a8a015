package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"ingot"
	"ingot/internal/api/gate"
	"ingot/internal/api/wire"
)

// grace is how long a request whose sender is not known is safe from those that wait.
const grace = time.Second

// lingering is how long the server awaits the rest of a body that nobody wants, before
// it answers: most clients read no answer until they have sent all.
const lingering = time.Second

// incoming is a request while it comes in, and its answer while it goes out. Both have
// deadlines that move with what has arrived.
type incoming struct {
	w    http.ResponseWriter
	r    *http.Request
	c    *http.ResponseController
	time time.Duration // for a part

	place  *gate.Place // of the request; nil outside
	cut    atomic.Bool // its place was given up
	shared func()      // gives back its part of the account's share; nil while it has none
	whole  bool        // the body is here
	late   bool        // the rest of the body is not worth waiting for
}

func newIncoming(w http.ResponseWriter, r *http.Request, part time.Duration) *incoming {
	return &incoming{w: w, r: r, c: http.NewResponseController(w), time: part, whole: r.Body == http.NoBody}
}

// acceptable refuses a body, before it is read, that cannot be taken.
func (in *incoming) acceptable(longest int64) error {
	if in.r.ContentLength > longest {
		return tooLarge(longest)
	}
	if e := in.r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return ingot.Errorf(ingot.InvalidRequest, "The Content-Encoding '%.32s' is not taken; send the body as it is.", e)
	}
	return nil
}

func tooLarge(longest int64) error {
	return ingot.Errorf(wire.TooLarge, "The request is larger than %d bytes.", longest)
}

// busy is the answer for whom there is no room now. Clients try again.
func busy() error { return ingot.Errorf(wire.Throttling, "Rate exceeded") }

// enter waits for room among the requests that are in memory.
func (in *incoming) enter(g *gate.Gate, patience time.Duration) (err error) {
	ctx, stop := context.WithTimeout(in.r.Context(), patience)
	defer stop()
	in.place, err = g.Enter(ctx, func() {
		in.cut.Store(true)
		in.deadline(-time.Second) // ends a read that waits
	})
	if err != nil {
		return busy()
	}
	return nil
}

// hold keeps the place of the request and that of its connection: its sender is known.
// It says false when one of them was given up already.
func (in *incoming) hold() bool { return in.place.Hold() && gate.From(in.r.Context()).Hold() }

// share takes a place in the share of the sender's account, and waits for one as long
// as told. It reports whether the request has one.
func (in *incoming) share(s *gate.Shares, account string, patience time.Duration) bool {
	if in.shared == nil {
		ctx, stop := context.WithTimeout(in.r.Context(), patience)
		defer stop()
		in.shared, _ = s.Take(ctx, account)
	}
	return in.shared != nil
}

// part is how many bytes of a body have the time of one part.
const part = 32 << 10

// read reads the body and gives its hash.
func (in *incoming) read(longest int64) (body []byte, sum string, err error) {
	h, from := sha256.New(), http.MaxBytesReader(in.w, in.r.Body, longest)
	for !in.whole {
		if in.cut.Load() {
			return nil, "", busy()
		}
		in.deadline(in.time)
		body, err = in.readPart(body, from, h)
		if err != nil {
			return nil, "", in.fault(err)
		}
	}
	in.noDeadline()
	return body, hex.EncodeToString(h.Sum(nil)), nil
}

// readPart appends at most one part, which may be the last.
func (in *incoming) readPart(body []byte, from io.Reader, h hash.Hash) ([]byte, error) {
	buffer := make([]byte, 4<<10)
	for end := len(body) + part; len(body) < end; {
		n, err := from.Read(buffer)
		h.Write(buffer[:n])
		body = append(body, buffer[:n]...)
		if errors.Is(err, io.EOF) {
			in.whole = true
			return body, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return body, nil
}

// fault says why a body could not be read.
func (in *incoming) fault(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(large.Limit)
	}
	in.late = true
	switch {
	case in.cut.Load():
		return busy()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ingot.Errorf(wire.TimedOut, "The body of the request did not arrive in time.")
	}
	return ingot.Errorf(ingot.InvalidRequest, "The body of the request did not arrive whole.")
}

// deadline sets when the next read of the connection fails. Where there is no
// connection, as in tests of handlers, nothing waits either.
func (in *incoming) deadline(d time.Duration) { _ = in.c.SetReadDeadline(time.Now().Add(d)) }

// noDeadline lets the server see when the client leaves, however long the call takes.
func (in *incoming) noDeadline() { _ = in.c.SetReadDeadline(time.Time{}) }

func (in *incoming) leave() {
	in.place.Leave()
	if in.shared != nil {
		in.shared()
	}
}

// drop leaves the room of the request. The rest of a body that was not read is not
// awaited long.
func (in *incoming) drop() {
	in.leave()
	if !in.whole {
		in.deadline(lingering)
	}
}

// write is the one place that writes answers. Clients look for the code of an error
// in a header first. Who reads none of it for the time of a part has gone, which is
// nobody's fault.
func (in *incoming) write(a wire.Answer, requestID string) {
	h := in.w.Header()
	maps.Copy(h, a.Header)
	h.Set("Content-Type", a.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	h.Set("X-Amzn-RequestId", requestID)
	if a.Code != "" {
		h.Set("X-Amzn-ErrorType", string(a.Code))
	}
	if a.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if in.late {
		h.Set("Connection", "close")
	}
	in.w.WriteHeader(a.Status)
	for rest := a.Body; len(rest) > 0; {
		n := min(len(rest), part)
		_ = in.c.SetWriteDeadline(time.Now().Add(lingering + in.time)) // as for reads
		if _, err := in.w.Write(rest[:n]); err != nil {
			return
		}
		rest = rest[n:]
	}
}
