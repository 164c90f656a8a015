package engine_test

import (
	"context"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"ingot/internal/agent/protocol"
	"ingot/internal/imagelog"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// hostile is a machine in which something speaks in the agent's place: rightly until
// components run.
func hostile(run func(out *protocol.Writer, id int64)) memory.Config {
	return memory.Config{Agent: func(_ context.Context, _ *memory.Machine, conn net.Conn) {
		in, out := protocol.NewReader(conn), protocol.NewWriter(conn)
		for {
			var r protocol.Request
			if err := in.Next(&r); protocol.IsGarbage(err) {
				continue
			} else if err != nil {
				return
			}
			reply := protocol.Reply{ID: r.ID, End: true}
			switch {
			case r.Hello != nil:
				reply = protocol.Reply{Hello: &protocol.Hello{Version: protocol.Version, Nonce: r.Hello.Nonce}}
			case r.Run != nil:
				run(out, r.ID)
				continue
			case r.Exec != nil:
				reply.ExecResult = &protocol.ExecResult{}
			}
			if out.Send(reply) != nil {
				return
			}
		}
	}}
}

// TestAGuestDoesNotFillTheHost by events without end: the log has a bound, the build ends
// with a sentence, and the database keeps nothing of it.
func TestAGuestDoesNotFillTheHost(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: hundreds of megabytes are written")
	}
	r := newRig(t, hostile(func(out *protocol.Writer, id int64) {
		text := strings.Repeat("x", protocol.MaxText)
		for seq := int64(1); ; seq++ {
			if out.Send(protocol.Reply{ID: id, Event: &protocol.Event{Seq: seq, Kind: protocol.KindLog, Text: text}}) != nil {
				return
			}
		}
	}))
	image := r.await(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "says more than an agent can have to say") {
		t.Errorf("%+v", image.State)
	}
	if size := r.sizeBelow("logs"); size > imagelog.MaxOwn {
		t.Errorf("the log has %d bytes", size)
	}
	if size := r.sizeBelow("ingot.db*"); size > 8<<20 {
		t.Errorf("the database has %d bytes", size)
	}
	log, err := r.logs.Image(image.Arn)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	err = log.Read(t.Context(), false, func(e imagelog.Entry) error {
		if strings.Contains(e.Text, "says more than") && !e.End { // the last entry has the image's reason
			told++
		}
		return nil
	})
	if err != nil || told != 1 {
		t.Errorf("the log tells of it %d times, %v", told, err)
	}
	r.empty()
}

// sizeBelow adds up the files that match a name in the rig's folder, and those below
// them.
func (r *rig) sizeBelow(pattern string) (size int64) {
	r.t.Helper()
	tops, err := filepath.Glob(filepath.Join(r.dir, pattern))
	for _, top := range tops {
		err = filepath.WalkDir(top, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				size += info.Size()
			}
			return err
		})
		if err != nil {
			break
		}
	}
	if err != nil || size == 0 {
		r.t.Fatalf("%s has %d bytes: %v", pattern, size, err)
	}
	return size
}

// TestAGuestsWordsAreOnlyText, and short, wherever an answer of the API or a line of
// the log has them.
func TestAGuestsWordsAreOnlyText(t *testing.T) {
	evil := "\x1b]0;owned\x07\x1b[2J\r\n2031-02-03T04:05:06.789Z [server] AVAILABLE\n\u009b31m\u202egnp.exe" + strings.Repeat("x", 400_000)
	r := newRig(t, hostile(func(out *protocol.Writer, id int64) {
		_ = out.Send(protocol.Reply{ID: id, Event: &protocol.Event{Seq: 1, Kind: protocol.KindLog, Text: evil, Document: evil, Phase: evil, Step: evil}})
		_ = out.Send(protocol.Reply{ID: id, End: true, Result: &protocol.Result{
			Status: protocol.Failed, FailureMessage: evil,
			Failed: &protocol.Failure{Document: evil, ARN: evil, Phase: evil, Step: evil, Action: evil, Error: evil, Stderr: evil},
		}})
	}))
	arn := r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}})
	image := r.await(arn)
	texts := map[string]string{"the reason": image.State.Reason}
	most := map[string]int{"the reason": 1024}
	r.peek(func(s *store.Store) {
		executions, err := store.Executions(t.Context(), s.DB(), account, region, arn)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range executions {
			texts["the message of "+x.Type], most["the message of "+x.Type] = x.Message, 500
			steps, err := store.Steps(t.Context(), s.DB(), account, region, x.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range steps {
				texts["the message of "+p.Name], most["the message of "+p.Name] = p.Message, 500
				texts["the outputs of "+p.Name], most["the outputs of "+p.Name] = p.Outputs, 64<<10
			}
		}
	})
	if !strings.Contains(texts["the reason"], "^[]0;owned^G^[[2J; 2031") || !strings.Contains(texts["the outputs of ApplyBuildComponents"], "owned") {
		t.Errorf("the guest's words are not there: %.300q", texts)
	}
	for name, text := range texts {
		if len(text) > most[name] || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("%s has %d bytes: %.200q", name, len(text), text)
		}
	}
	for line := range strings.SplitSeq(r.logOf(arn), "\n") {
		server := strings.HasPrefix(line, "[server] ")
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) }) || !server && !strings.HasPrefix(line, "[component one] ") {
			t.Errorf("a line of the log: %.200q", line)
		}
		if strings.HasPrefix(line, "[server] AVAILABLE") {
			t.Errorf("the guest speaks as the server: %.200q", line)
		}
	}
	if size := r.sizeBelow("ingot.db*"); size > 8<<20 {
		t.Errorf("the database has %d bytes", size)
	}
}
