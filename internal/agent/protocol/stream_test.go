package protocol_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

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
