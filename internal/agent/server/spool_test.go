package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/agent/protocol"
)

// TestASpoolHasABound: output beyond the bound is dropped, one event says so, and the
// other events of the run are sent as before, by this agent and the next.
func TestASpoolHasABound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	const most, lines = 20_000, 1000
	talk := func(s *spool) {
		for range lines {
			s.add(protocol.Event{Kind: protocol.KindLog, Stream: protocol.Stdout, Text: "a line of output"})
		}
		s.add(protocol.Event{Kind: protocol.KindLog, Stream: protocol.Agent, Text: "a remark"})
		s.add(protocol.Event{Kind: protocol.KindStep, Status: protocol.Success})
	}
	for life := 1; life <= 2; life++ {
		s, err := openSpool(path)
		if err != nil {
			t.Fatal(err)
		}
		s.most = most
		talk(s)
		s.end(protocol.Reply{})
		told := map[string]int{}
		seq := int64(0)
		_, err = s.follow(context.Background(), 0, func(e protocol.Event) error {
			if seq++; e.Seq != seq {
				t.Errorf("event %d has the number %d", seq, e.Seq)
			}
			told[string(e.Kind)+e.Stream+e.Text]++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		printed := told["logstdouta line of output"]
		if printed < 50 || printed >= lines || told["logagent"+dropping] != 1 || told["logagenta remark"] != life || told["step"] != life {
			t.Errorf("in life %d: %v", life, told)
		}
		s.close()
	}
	if info, err := os.Stat(path); err != nil || info.Size() > most+2000 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}

func TestATextIsCutBetweenCharacters(t *testing.T) {
	s, err := openSpool(filepath.Join(t.TempDir(), "events"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.add(protocol.Event{Kind: protocol.KindLog, Text: "x" + strings.Repeat("é", protocol.MaxText)})
	if e, ok := s.read(1); !ok || len(e.Text) != protocol.MaxText-1 || strings.ContainsRune(e.Text, '\ufffd') {
		t.Errorf("%d bytes", len(e.Text))
	}
}
