package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"ingot/internal/agent/protocol"
)

func TestStreamSkipsGarbage(t *testing.T) {
	var pipe bytes.Buffer
	w := protocol.NewWriter(&pipe)
	pipe.WriteString(`nt":{"seq":7}}` + "\n\x00\x01half a li")
	if err := w.Resync(); err != nil {
		t.Fatal(err)
	}
	if err := w.Send(protocol.Request{ID: 4, Sync: &protocol.Sync{}}); err != nil {
		t.Fatal(err)
	}
	r := protocol.NewReader(&pipe)
	for range 2 {
		if err := r.Next(&protocol.Request{}); !protocol.IsGarbage(err) {
			t.Fatalf("Next on garbage = %v", err)
		}
	}
	var got protocol.Request
	if err := r.Next(&got); err != nil || got.ID != 4 || got.Sync == nil {
		t.Fatalf("Next = %+v, %v", got, err)
	}
	if err := r.Next(&got); !errors.Is(err, io.EOF) || protocol.IsGarbage(err) {
		t.Fatalf("Next at the end = %v", err)
	}
}

func TestStreamBoundsLines(t *testing.T) {
	r := protocol.NewReader(io.MultiReader(
		io.LimitReader(zeros{}, 3*protocol.MaxLine), strings.NewReader("\n{\"id\":1}\n")))
	if err := r.Next(&protocol.Request{}); !errors.Is(err, protocol.ErrTooLong) {
		t.Fatalf("Next on a huge line = %v", err)
	}
	var got protocol.Request
	if err := r.Next(&got); err != nil || got.ID != 1 {
		t.Fatalf("Next after a huge line = %+v, %v", got, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// TestRepliesHaveAShorterBound than requests, and a line without end ends the stream.
func TestRepliesHaveAShorterBound(t *testing.T) {
	r := protocol.NewReplyReader(io.MultiReader(
		io.LimitReader(zeros{}, protocol.MaxReply+1), strings.NewReader("\n{\"id\":1}\n"), strings.NewReader(strings.Repeat("\n", 2500)), zeros{}))
	if err := r.Next(&protocol.Reply{}); !errors.Is(err, protocol.ErrTooLong) || !protocol.IsGarbage(err) {
		t.Fatalf("Next on a long line = %v", err)
	}
	var got protocol.Reply
	if err := r.Next(&got); err != nil || got.ID != 1 || r.Bytes() != protocol.MaxReply+11 {
		t.Fatalf("Next after a long line = %+v, %v, at %d", got, err, r.Bytes())
	}
	for range 2 {
		if err := r.Next(&protocol.Reply{}); !protocol.IsGarbage(err) {
			t.Fatalf("Next on empty lines = %v", err)
		}
	}
	if err := r.Next(&protocol.Reply{}); !errors.Is(err, protocol.ErrTooLong) || protocol.IsGarbage(err) {
		t.Fatalf("Next on a line without end = %v", err)
	}
}

// FuzzReply checks that every reply is within the bounds after Bound.
func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"id":1,"event":{"seq":1,"text":"`+strings.Repeat("é", 9000)+`"}}`), 3)
	f.Add([]byte(`{"end":true,"result":{"failed":{"stderr":"x","error":"y"}},"execResult":{"stdout":"z"},"hello":{"boot":"b"}}`), 100_000)
	f.Fuzz(func(t *testing.T, line []byte, times int) {
		line = bytes.ReplaceAll(line, []byte("x"), bytes.Repeat([]byte("long"), max(0, times)%100_000))
		var r protocol.Reply
		if protocol.NewReplyReader(bytes.NewReader(append(line, '\n'))).Next(&r) != nil {
			return
		}
		r.Bound()
		const most = 6*protocol.MaxStdout + 100*protocol.MaxMessage
		text, err := json.Marshal(r)
		if err == nil && len(text) > most {
			t.Errorf("%d bytes are left", len(text))
		}
		if r.Event != nil && (len(r.Event.Text) > protocol.MaxText || len(r.Event.Document) > protocol.MaxName || !utf8.ValidString(r.Event.Text)) {
			t.Errorf("an event with %d bytes of text", len(r.Event.Text))
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("{\"id\":1}\n\n{\"hello\":{}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := protocol.NewReader(bytes.NewReader(data))
		for {
			if err := r.Next(&protocol.Request{}); err != nil && !protocol.IsGarbage(err) {
				return
			}
		}
	})
}
