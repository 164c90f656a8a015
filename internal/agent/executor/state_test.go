package executor_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/agent/protocol"
)

// earlier is the state document of agents before the journal, as one left it when its
// machine restarted in the third of three steps.
const earlier = `{"Run":"m-1/s-2/what","Digest":"%s","Boot":"boot-1","Unit":2,"Attempt":1,"Verdict":"Execute","Running":false,"Group":18935,` +
	`"GroupStart":"400348","Rebooting":true,"Reboots":1,"Marks":null,"Announced":3,"Started":"2026-11-29T17:42:50.941741901Z",` +
	`"DocumentStarted":"2026-11-29T17:42:50.942895577Z","PhaseStarted":"2026-11-29T17:42:50.942899073Z","StepStarted":"2026-11-29T17:42:50.94993136Z",` +
	`"LogFolder":"%s","Records":[{"Status":"success","Inputs":{"k":3,"f":[{"n":"commands","v":{"k":2,"i":[{"k":1,"t":"echo first"}]}}]},` +
	`"Outputs":[{"stdout":"first"}],"Started":"2026-11-29T17:42:50.942899548Z","Ended":"2026-11-29T17:42:50.946122724Z"},{"Status":"failed",` +
	`"Message":"exit status 3","Inputs":{"k":3,"f":[{"n":"commands","v":{"k":2,"i":[{"k":1,"t":"echo bad \u003e\u00262; exit 3"}]}}]},` +
	`"Started":"2026-11-29T17:42:50.946735794Z","Ended":"2026-11-29T17:42:50.949457958Z"}],"Aborted":false,` +
	`"Failed":{"phase":"build","step":"Two","action":"ExecuteBash","error":"exit status 3","stderr":"bad"}}`

// TestAnEarlierAgentsStateIsTakenUp: an agent continues a run by the state that an agent
// of an earlier version wrote, and so do later agents.
func TestAnEarlierAgentsStateIsTakenUp(t *testing.T) {
	r := newRig(t, build(`  - {name: One, action: ExecuteBash, inputs: {commands: ['echo first']}}
  - {name: Two, action: ExecuteBash, onFailure: Continue, inputs: {commands: ['echo bad >&2; exit 3']}}
  - {name: Three, action: ExecuteBash, inputs: {commands: ['[ -e again ] || { touch again; exit 194; }', 'echo {{ build.One.outputs.stdout }}']}}
`))
	r.reboots() // to get the digest of the run
	journal := filepath.Join(r.Dir, "journal")
	digest := positions(t, journal)[0]["Digest"].(string)
	logs := filepath.Join(r.Run.WorkDir, "TOE_earlier")
	if err := os.Remove(journal); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "state.json"), fmt.Appendf(nil, earlier, digest, logs), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.Run.WorkDir, "again")); err != nil {
		t.Fatal(err)
	}
	r.events = nil
	r.reboots() // once more, now in the journal
	result := r.execute()
	r.want(result, protocol.Failed, "exit status 3")
	r.wantSaid("first")
	if result.Executed != 3 || result.FailedSteps != 1 || result.Reboots != 2 || result.LogFolder != logs || result.Failed.Step != "Two" {
		t.Errorf("result = %+v", result)
	}
}

// positions reads the lines of a journal.
func positions(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var m map[string]any
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// TestEachRecordIsWrittenOnce: what a run writes grows with the number of its steps, not
// with its square. The kernel counts the bytes.
func TestEachRecordIsWrittenOnce(t *testing.T) {
	const output = 50_000
	wrote := func(steps int) int64 {
		var doc strings.Builder
		for i := range steps {
			fmt.Fprintf(&doc, "  - {name: Step%d, action: ExecuteBash, inputs: {commands: ['head -c %d /dev/zero | tr \"\\0\" x']}}\n", i, output)
		}
		r := newRig(t, build(doc.String()))
		r.Run.LogDir = "" // events are not state
		before := written(t)
		r.want(r.execute(), protocol.Success, "")
		return written(t) - before
	}
	few, many := wrote(5), wrote(20)
	if few < 5*output || many > 6*few {
		t.Errorf("5 steps wrote %d bytes and 20 steps %d", few, many)
	}
}

// written returns how many bytes this process has written.
func written(t *testing.T) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(text[bytes.Index(text, []byte("wchar:")):]), "wchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestATornStateIsThatBefore: a crash in the middle of a line loses only that line.
func TestATornStateIsThatBefore(t *testing.T) {
	r := newRig(t, build(`  - {name: One, action: ExecuteBash, inputs: {commands: ['echo one']}}
  - {name: Two, action: ExecuteBash, inputs: {commands: ['[ -e again ] || { touch again; exit 194; }', 'echo two']}}
`))
	r.reboots()
	f, err := os.OpenFile(filepath.Join(r.Dir, "journal"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"Run":"m-1/s-2/what","Unit":7,`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	r.want(r.execute(), protocol.Success, "")
	r.wantSaid("one|two")
}
