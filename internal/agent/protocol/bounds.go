package protocol

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what an agent says. Whoever has the root of a machine can speak in the
// agent's place, as fast and as long as it likes; the host holds it to these. An honest
// agent stays below them by its own bounds, so that what passes one is no component's
// fault.
const (
	// MaxReply bounds one line of an agent in bytes. The longest is the end of a script:
	// [MaxStdout] of which JSON writes some bytes as six, and the rest.
	MaxReply = 8 << 20
	// MaxStdout bounds the standard output of a script, which the host asks for in whole
	// when it counts packages or cleans.
	MaxStdout = 1 << 20
	// MaxMessage bounds the words of a failure, and what was last on standard error. They
	// go into the log; of the records of a step they are cut to what the API has.
	MaxMessage = 16 << 10
	// MaxName bounds names: of documents, phases, steps, actions and systems.
	MaxName = 256
	// MaxARN bounds the ARN of a document.
	MaxARN = 1 << 10

	// MaxSpool is what an agent keeps of a run's events, in bytes of its file. What
	// components print beyond is dropped there, and one event says so.
	MaxSpool = 64 << 20
	// MaxRunBytes and MaxRunEvents bound what the host takes of one run. They are four
	// times what an honest agent keeps, since agents of earlier versions have a bound for
	// each step alone. An event has at least 64 bytes.
	MaxRunBytes  = 4 * MaxSpool
	MaxRunEvents = MaxRunBytes / 64
	// MaxJunkBytes and MaxJunkLines bound, for the life of a client, what is no answer to
	// a question: lines that are no messages, hellos that nobody asked for, and events of
	// runs that nobody follows. After a cancelled run there may be as much as a run says.
	MaxJunkBytes = 2 * MaxSpool
	MaxJunkLines = MaxJunkBytes / 64
)

// Bound cuts every text of an agent's line to its bound. A time that has not come yet is
// now.
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
		if over := len(f.Stderr) - MaxMessage; over > 0 { // its end says most
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
