package protocol

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what an agent sends. Root in a machine can speak in the agent's place, as
// fast and as long as it likes; the host enforces these bounds. An honest agent stays
// below them by bounds of its own, so that no component exceeds them.
const (
	// MaxReply bounds one line of an agent in bytes. The longest is the end of a script:
	// [MaxStdout] of which JSON writes some bytes as six, and the rest.
	MaxReply = 8 << 20
	// MaxStdout bounds the standard output of a script, all of which the host reads when
	// it counts packages or cleans.
	MaxStdout = 1 << 20
	// MaxMessage bounds the message of a failure, and the end of standard error. They go
	// into the log; in the records of a step they are cut to the API's bound.
	MaxMessage = 16 << 10
	// MaxName bounds names: of documents, phases, steps, actions and systems.
	MaxName = 256
	// MaxARN bounds the ARN of a document.
	MaxARN = 1 << 10

	// MaxSpool is what an agent keeps of a run's events, in bytes of its file. It drops
	// what components print beyond that, and one event says so.
	MaxSpool = 64 << 20
	// MaxRunBytes and MaxRunEvents bound what the host takes of one run. They are four
	// times what an honest agent keeps, since agents of earlier versions have a bound for
	// each step alone. An event has at least 64 bytes.
	MaxRunBytes  = 4 * MaxSpool
	MaxRunEvents = MaxRunBytes / 64
	// MaxJunkBytes and MaxJunkLines bound, for the life of a client, lines that do not
	// answer a request: invalid lines, unasked hellos, and events of runs that the client
	// does not follow. After a cancelled run there may be as much as a run sends.
	MaxJunkBytes = 2 * MaxSpool
	MaxJunkLines = MaxJunkBytes / 64
)

// Bound cuts every text of an agent's line to its bound, and replaces a time in the
// future by now.
func (r *Reply) Bound() {
	if h := r.Hello; h != nil {
		cutAll(MaxName, &h.Nonce, &h.Boot, &h.Started, &h.Hostname, &h.OSName, &h.OSID, &h.OSVersion, &h.Arch, &h.Kernel, &h.Systemd)
	}
	if e := r.Event; e != nil {
		e.bound()
	}
	cutAll(MaxMessage, &r.Error)
	cutAll(MaxName, &r.Fingerprint)
	if x := r.ExecResult; x != nil {
		cutAll(MaxName, &x.ID)
		cutAll(MaxMessage, &x.Error, &x.Stderr)
		cutAll(MaxStdout, &x.Stdout)
	}
	if x := r.Result; x != nil {
		x.bound()
	}
}

func (e *Event) bound() {
	if now := time.Now(); e.Time.After(now) || e.Time.IsZero() {
		e.Time = now
	}
	cutAll(MaxText, &e.Text)
	cutAll(MaxARN, &e.ARN)
	cutAll(MaxName, &e.Stream, &e.Document, &e.Phase, &e.Step, &e.Action, (*string)(&e.Kind), (*string)(&e.Status))
}

func (r *Result) bound() {
	cutAll(MaxName, &r.ID, (*string)(&r.Status))
	cutAll(MaxMessage, &r.FailureMessage, &r.LogFolder)
	if f := r.Failed; f != nil {
		cutAll(MaxName, &f.Document, &f.Phase, &f.Step, &f.Action)
		cutAll(MaxARN, &f.ARN)
		cutAll(MaxMessage, &f.Error)
		if over := len(f.Stderr) - MaxMessage; over > 0 { // its end matters most
			f.Stderr = strings.Clone(strings.ToValidUTF8(f.Stderr[over:], ""))
		}
	}
}

// cutAll cuts texts to at most n bytes, between characters. What is left does not keep
// the rest in memory.
func cutAll(n int, texts ...*string) {
	for _, t := range texts {
		if len(*t) <= n {
			continue
		}
		end := n
		for end > 0 && !utf8.RuneStart((*t)[end]) {
			end--
		}
		*t = strings.Clone((*t)[:end])
	}
}
