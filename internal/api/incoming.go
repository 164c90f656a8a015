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

// grace is how long a request whose sender is not known keeps its slot when others wait.
const grace = time.Second

// lingering is how long the server waits for the rest of an unwanted body before it
// answers: most clients read no answer until they have sent all.
const lingering = time.Second

// incoming is a request while it is read, and its answer while it is written. The
// deadlines of both move with every part that gets through.
type incoming struct {
	w    http.ResponseWriter
	r    *http.Request
	c    *http.ResponseController
	time time.Duration // for a part

	slot   *gate.Slot  // of the request; nil before acquire
	cut    atomic.Bool // its slot was taken away
	shared func()      // returns its part of the account's share; nil before share
	whole  bool        // all of the body was read
	late   bool        // the rest of the body is not worth waiting for
}

func newIncoming(w http.ResponseWriter, r *http.Request, part time.Duration) *incoming {
	return &incoming{w: w, r: r, c: http.NewResponseController(w), time: part, whole: r.Body == http.NoBody}
}

// acceptable refuses, before it is read, a body that is too large or encoded.
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

// busy is the answer when no slot is free. Clients try again.
func busy() error { return ingot.Errorf(wire.Throttling, "Rate exceeded") }

// acquire waits for a slot among the requests that are in memory.
func (in *incoming) acquire(g *gate.Gate, patience time.Duration) (err error) {
	ctx, stop := context.WithTimeout(in.r.Context(), patience)
	defer stop()
	in.slot, err = g.Acquire(ctx, func() {
		in.cut.Store(true)
		in.deadline(-time.Second) // ends a read that waits
	})
	if err != nil {
		return busy()
	}
	return nil
}

// hold holds the slots of the request and of its connection, once the sender is known.
// It reports false when one of them was already taken away.
func (in *incoming) hold() bool { return in.slot.Hold() && gate.From(in.r.Context()).Hold() }

// share acquires a slot in the share of the sender's account, and waits for one as long
// as told. It reports whether the request has one.
func (in *incoming) share(s *gate.Shares, account string, patience time.Duration) bool {
	if in.shared == nil {
		ctx, stop := context.WithTimeout(in.r.Context(), patience)
		defer stop()
		in.shared, _ = s.Acquire(ctx, account)
	}
	return in.shared != nil
}

// part is the number of bytes of a body for which incoming.time is allowed.
const part = 32 << 10

// read returns the body and its hash.
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

// fault returns the error for a body that could not be read.
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

// deadline sets when the next read of the connection fails. A handler's test has no
// connection; then it does nothing.
func (in *incoming) deadline(d time.Duration) { _ = in.c.SetReadDeadline(time.Now().Add(d)) }

// noDeadline lets the server notice when the client disconnects, however long the call takes.
func (in *incoming) noDeadline() { _ = in.c.SetReadDeadline(time.Time{}) }

func (in *incoming) release() {
	in.slot.Release()
	if in.shared != nil {
		in.shared()
	}
}

// drop releases the slot of the request. It does not wait long for the rest of a body
// that was not read.
func (in *incoming) drop() {
	in.release()
	if !in.whole {
		in.deadline(lingering)
	}
}

// write writes an answer. Clients look for the code of an error in a header first. A
// client that reads nothing for the time of a part has gone; that is not an error.
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
